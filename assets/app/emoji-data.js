// @ts-check
// From Unicode's emoji-test.txt by tests/browser/emoji_data.py: picture and name;
// + means that it has skin tones, *14 that it came with Emoji 14.
/** @type {Record<string, string>} */
export const CATEGORIES = {
  smileys: `😀 grinning face|😃 grinning face with big eyes|😄 grinning face with smiling eyes|😁 beaming face with smiling eyes|😆 grinning squinting face|
😅 grinning face with sweat|🤣 rolling on the floor laughing|😂 face with tears of joy|🙂 slightly smiling face|🙃 upside-down face|🫠 melting face*14|
😉 winking face|😊 smiling face with smiling eyes|😇 smiling face with halo|🥰 smiling face with hearts|😍 smiling face with heart-eyes|🤩 star-struck|
😘 face blowing a kiss|😗 kissing face|☺️ smiling face|😚 kissing face with closed eyes|😙 kissing face with smiling eyes|🥲 smiling face with tear*13|
😋 face savoring food|😛 face with tongue|😜 winking face with tongue|🤪 zany face|😝 squinting face with tongue|🤑 money-mouth face|
🤗 smiling face with open hands|🤭 face with hand over mouth|🫢 face with open eyes and hand over mouth*14|🫣 face with peeking eye*14|🤫 shushing face|
🤔 thinking face|🫡 saluting face*14|🤐 zipper-mouth face|🤨 face with raised eyebrow|😐 neutral face|😑 expressionless face|😶 face without mouth|
🫥 dotted line face*14|😶‍🌫️ face in clouds*13|😏 smirking face|😒 unamused face|🙄 face with rolling eyes|😬 grimacing face|😮‍💨 face exhaling*13|
🤥 lying face|🫨 shaking face*15|😌 relieved face|😔 pensive face|😪 sleepy face|🤤 drooling face|😴 sleeping face|😷 face with medical mask|
🤒 face with thermometer|🤕 face with head-bandage|🤢 nauseated face|🤮 face vomiting|🤧 sneezing face|🥵 hot face|🥶 cold face|🥴 woozy face|
😵 face with crossed-out eyes|😵‍💫 face with spiral eyes*13|🤯 exploding head|🤠 cowboy hat face|🥳 partying face|🥸 disguised face*13|
😎 smiling face with sunglasses|🤓 nerd face|🧐 face with monocle|😕 confused face|🫤 face with diagonal mouth*14|😟 worried face|🙁 slightly frowning face|
☹️ frowning face|😮 face with open mouth|😯 hushed face|😲 astonished face|😳 flushed face|🥺 pleading face|🥹 face holding back tears*14|
😦 frowning face with open mouth|😧 anguished face|😨 fearful face|😰 anxious face with sweat|😥 sad but relieved face|😢 crying face|😭 loudly crying face|
😱 face screaming in fear|😖 confounded face|😣 persevering face|😞 disappointed face|😓 downcast face with sweat|😩 weary face|😫 tired face|
🥱 yawning face*12|😤 face with steam from nose|😡 enraged face|😠 angry face|🤬 face with symbols on mouth|😈 smiling face with horns|
👿 angry face with horns|💀 skull|☠️ skull and crossbones|💩 pile of poo|🤡 clown face|👹 ogre|👺 goblin|👻 ghost|👽 alien|👾 alien monster|🤖 robot|
😺 grinning cat|😸 grinning cat with smiling eyes|😹 cat with tears of joy|😻 smiling cat with heart-eyes|😼 cat with wry smile|😽 kissing cat|🙀 weary cat|
😿 crying cat|😾 pouting cat|🙈 see-no-evil monkey|🙉 hear-no-evil monkey|🙊 speak-no-evil monkey|💌 love letter|💘 heart with arrow|💝 heart with ribbon|
💖 sparkling heart|💗 growing heart|💓 beating heart|💞 revolving hearts|💕 two hearts|💟 heart decoration|❣️ heart exclamation|💔 broken heart|
❤️‍🔥 heart on fire*13|❤️‍🩹 mending heart*13|❤️ red heart|🩷 pink heart*15|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|
🩵 light blue heart*15|💜 purple heart|🤎 brown heart*12|🖤 black heart|🩶 grey heart*15|🤍 white heart*12|💋 kiss mark|💯 hundred points|💢 anger symbol|
💥 collision|💫 dizzy|💦 sweat droplets|💨 dashing away|🕳️ hole|💬 speech balloon|👁️‍🗨️ eye in speech bubble|🗨️ left speech bubble|🗯️ right anger bubble|
💭 thought balloon|💤 zzz`,
  people: `👋 waving hand+|🤚 raised back of hand+|🖐️ hand with fingers splayed+|✋ raised hand+|🖖 vulcan salute+|🫱 rightwards hand+*14|🫲 leftwards hand+*14|
🫳 palm down hand+*14|🫴 palm up hand+*14|🫷 leftwards pushing hand+*15|🫸 rightwards pushing hand+*15|👌 ok hand+|🤌 pinched fingers+*13|
🤏 pinching hand+*12|✌️ victory hand+|🤞 crossed fingers+|🫰 hand with index finger and thumb crossed+*14|🤟 love-you gesture+|🤘 sign of the horns+|
🤙 call me hand+|👈 backhand index pointing left+|👉 backhand index pointing right+|👆 backhand index pointing up+|🖕 middle finger+|
👇 backhand index pointing down+|☝️ index pointing up+|🫵 index pointing at the viewer+*14|👍 thumbs up+|👎 thumbs down+|✊ raised fist+|👊 oncoming fist+|
🤛 left-facing fist+|🤜 right-facing fist+|👏 clapping hands+|🙌 raising hands+|🫶 heart hands+*14|👐 open hands+|🤲 palms up together+|🤝 handshake+|
🙏 folded hands+|✍️ writing hand+|💅 nail polish+|🤳 selfie+|💪 flexed biceps+|🦾 mechanical arm*12|🦿 mechanical leg*12|🦵 leg+|🦶 foot+|👂 ear+|
🦻 ear with hearing aid+*12|👃 nose+|🧠 brain|🫀 anatomical heart*13|🫁 lungs*13|🦷 tooth|🦴 bone|👀 eyes|👁️ eye|👅 tongue|👄 mouth|🫦 biting lip*14|👶 baby+|
🧒 child+|👦 boy+|👧 girl+|🧑 person+|👱 person: blond hair+|👨 man+|🧔 person: beard+|🧔‍♂️ man: beard+*13|🧔‍♀️ woman: beard+*13|👨‍🦰 man: red hair+|
👨‍🦱 man: curly hair+|👨‍🦳 man: white hair+|👨‍🦲 man: bald+|👩 woman+|👩‍🦰 woman: red hair+|🧑‍🦰 person: red hair+*12|👩‍🦱 woman: curly hair+|
🧑‍🦱 person: curly hair+*12|👩‍🦳 woman: white hair+|🧑‍🦳 person: white hair+*12|👩‍🦲 woman: bald+|🧑‍🦲 person: bald+*12|👱‍♀️ woman: blond hair+|
👱‍♂️ man: blond hair+|🧓 older person+|👴 old man+|👵 old woman+|🙍 person frowning+|🙍‍♂️ man frowning+|🙍‍♀️ woman frowning+|🙎 person pouting+|
🙎‍♂️ man pouting+|🙎‍♀️ woman pouting+|🙅 person gesturing no+|🙅‍♂️ man gesturing no+|🙅‍♀️ woman gesturing no+|🙆 person gesturing ok+|
🙆‍♂️ man gesturing ok+|🙆‍♀️ woman gesturing ok+|💁 person tipping hand+|💁‍♂️ man tipping hand+|💁‍♀️ woman tipping hand+|🙋 person raising hand+|
🙋‍♂️ man raising hand+|🙋‍♀️ woman raising hand+|🧏 deaf person+*12|🧏‍♂️ deaf man+*12|🧏‍♀️ deaf woman+*12|🙇 person bowing+|🙇‍♂️ man bowing+|
🙇‍♀️ woman bowing+|🤦 person facepalming+|🤦‍♂️ man facepalming+|🤦‍♀️ woman facepalming+|🤷 person shrugging+|🤷‍♂️ man shrugging+|🤷‍♀️ woman shrugging+|
🧑‍⚕️ health worker+*12|👨‍⚕️ man health worker+|👩‍⚕️ woman health worker+|🧑‍🎓 student+*12|👨‍🎓 man student+|👩‍🎓 woman student+|🧑‍🏫 teacher+*12|
👨‍🏫 man teacher+|👩‍🏫 woman teacher+|🧑‍⚖️ judge+*12|👨‍⚖️ man judge+|👩‍⚖️ woman judge+|🧑‍🌾 farmer+*12|👨‍🌾 man farmer+|👩‍🌾 woman farmer+|🧑‍🍳 cook+*12|
👨‍🍳 man cook+|👩‍🍳 woman cook+|🧑‍🔧 mechanic+*12|👨‍🔧 man mechanic+|👩‍🔧 woman mechanic+|🧑‍🏭 factory worker+*12|👨‍🏭 man factory worker+|
👩‍🏭 woman factory worker+|🧑‍💼 office worker+*12|👨‍💼 man office worker+|👩‍💼 woman office worker+|🧑‍🔬 scientist+*12|👨‍🔬 man scientist+|
👩‍🔬 woman scientist+|🧑‍💻 technologist+*12|👨‍💻 man technologist+|👩‍💻 woman technologist+|🧑‍🎤 singer+*12|👨‍🎤 man singer+|👩‍🎤 woman singer+|
🧑‍🎨 artist+*12|👨‍🎨 man artist+|👩‍🎨 woman artist+|🧑‍✈️ pilot+*12|👨‍✈️ man pilot+|👩‍✈️ woman pilot+|🧑‍🚀 astronaut+*12|👨‍🚀 man astronaut+|
👩‍🚀 woman astronaut+|🧑‍🚒 firefighter+*12|👨‍🚒 man firefighter+|👩‍🚒 woman firefighter+|👮 police officer+|👮‍♂️ man police officer+|
👮‍♀️ woman police officer+|🕵️ detective+|🕵️‍♂️ man detective+|🕵️‍♀️ woman detective+|💂 guard+|💂‍♂️ man guard+|💂‍♀️ woman guard+|🥷 ninja+*13|
👷 construction worker+|👷‍♂️ man construction worker+|👷‍♀️ woman construction worker+|🫅 person with crown+*14|🤴 prince+|👸 princess+|
👳 person wearing turban+|👳‍♂️ man wearing turban+|👳‍♀️ woman wearing turban+|👲 person with skullcap+|🧕 woman with headscarf+|🤵 person in tuxedo+|
🤵‍♂️ man in tuxedo+*13|🤵‍♀️ woman in tuxedo+*13|👰 person with veil+|👰‍♂️ man with veil+*13|👰‍♀️ woman with veil+*13|🤰 pregnant woman+|
🫃 pregnant man+*14|🫄 pregnant person+*14|🤱 breast-feeding+|👩‍🍼 woman feeding baby+*13|👨‍🍼 man feeding baby+*13|🧑‍🍼 person feeding baby+*13|
👼 baby angel+|🎅 santa claus+|🤶 mrs. claus+|🧑‍🎄 mx claus+*13|🦸 superhero+|🦸‍♂️ man superhero+|🦸‍♀️ woman superhero+|🦹 supervillain+|
🦹‍♂️ man supervillain+|🦹‍♀️ woman supervillain+|🧙 mage+|🧙‍♂️ man mage+|🧙‍♀️ woman mage+|🧚 fairy+|🧚‍♂️ man fairy+|🧚‍♀️ woman fairy+|🧛 vampire+|
🧛‍♂️ man vampire+|🧛‍♀️ woman vampire+|🧜 merperson+|🧜‍♂️ merman+|🧜‍♀️ mermaid+|🧝 elf+|🧝‍♂️ man elf+|🧝‍♀️ woman elf+|🧞 genie|🧞‍♂️ man genie|
🧞‍♀️ woman genie|🧟 zombie|🧟‍♂️ man zombie|🧟‍♀️ woman zombie|🧌 troll*14|💆 person getting massage+|💆‍♂️ man getting massage+|
💆‍♀️ woman getting massage+|💇 person getting haircut+|💇‍♂️ man getting haircut+|💇‍♀️ woman getting haircut+|🚶 person walking+|🚶‍♂️ man walking+|
🚶‍♀️ woman walking+|🧍 person standing+*12|🧍‍♂️ man standing+*12|🧍‍♀️ woman standing+*12|🧎 person kneeling+*12|🧎‍♂️ man kneeling+*12|
🧎‍♀️ woman kneeling+*12|🧑‍🦯 person with white cane+*12|👨‍🦯 man with white cane+*12|👩‍🦯 woman with white cane+*12|
🧑‍🦼 person in motorized wheelchair+*12|👨‍🦼 man in motorized wheelchair+*12|👩‍🦼 woman in motorized wheelchair+*12|🧑‍🦽 person in manual wheelchair+*12|
👨‍🦽 man in manual wheelchair+*12|👩‍🦽 woman in manual wheelchair+*12|🏃 person running+|🏃‍♂️ man running+|🏃‍♀️ woman running+|💃 woman dancing+|
🕺 man dancing+|🕴️ person in suit levitating+|👯 people with bunny ears|👯‍♂️ men with bunny ears|👯‍♀️ women with bunny ears|🧖 person in steamy room+|
🧖‍♂️ man in steamy room+|🧖‍♀️ woman in steamy room+|🧗 person climbing+|🧗‍♂️ man climbing+|🧗‍♀️ woman climbing+|🤺 person fencing|🏇 horse racing+|
⛷️ skier|🏂 snowboarder+|🏌️ person golfing+|🏌️‍♂️ man golfing+|🏌️‍♀️ woman golfing+|🏄 person surfing+|🏄‍♂️ man surfing+|🏄‍♀️ woman surfing+|
🚣 person rowing boat+|🚣‍♂️ man rowing boat+|🚣‍♀️ woman rowing boat+|🏊 person swimming+|🏊‍♂️ man swimming+|🏊‍♀️ woman swimming+|
⛹️ person bouncing ball+|⛹️‍♂️ man bouncing ball+|⛹️‍♀️ woman bouncing ball+|🏋️ person lifting weights+|🏋️‍♂️ man lifting weights+|
🏋️‍♀️ woman lifting weights+|🚴 person biking+|🚴‍♂️ man biking+|🚴‍♀️ woman biking+|🚵 person mountain biking+|🚵‍♂️ man mountain biking+|
🚵‍♀️ woman mountain biking+|🤸 person cartwheeling+|🤸‍♂️ man cartwheeling+|🤸‍♀️ woman cartwheeling+|🤼 people wrestling|🤼‍♂️ men wrestling|
🤼‍♀️ women wrestling|🤽 person playing water polo+|🤽‍♂️ man playing water polo+|🤽‍♀️ woman playing water polo+|🤾 person playing handball+|
🤾‍♂️ man playing handball+|🤾‍♀️ woman playing handball+|🤹 person juggling+|🤹‍♂️ man juggling+|🤹‍♀️ woman juggling+|🧘 person in lotus position+|
🧘‍♂️ man in lotus position+|🧘‍♀️ woman in lotus position+|🛀 person taking bath+|🛌 person in bed+|🧑‍🤝‍🧑 people holding hands*12|
👭 women holding hands+|👫 woman and man holding hands+|👬 men holding hands+|💏 kiss+|👩‍❤️‍💋‍👨 kiss: woman, man+|👨‍❤️‍💋‍👨 kiss: man, man+|
👩‍❤️‍💋‍👩 kiss: woman, woman+|💑 couple with heart+|👩‍❤️‍👨 couple with heart: woman, man+|👨‍❤️‍👨 couple with heart: man, man+|
👩‍❤️‍👩 couple with heart: woman, woman+|👪 family|👨‍👩‍👦 family: man, woman, boy|👨‍👩‍👧 family: man, woman, girl|👨‍👩‍👧‍👦 family: man, woman, girl, boy|
👨‍👩‍👦‍👦 family: man, woman, boy, boy|👨‍👩‍👧‍👧 family: man, woman, girl, girl|👨‍👨‍👦 family: man, man, boy|👨‍👨‍👧 family: man, man, girl|
👨‍👨‍👧‍👦 family: man, man, girl, boy|👨‍👨‍👦‍👦 family: man, man, boy, boy|👨‍👨‍👧‍👧 family: man, man, girl, girl|👩‍👩‍👦 family: woman, woman, boy|
👩‍👩‍👧 family: woman, woman, girl|👩‍👩‍👧‍👦 family: woman, woman, girl, boy|👩‍👩‍👦‍👦 family: woman, woman, boy, boy|
👩‍👩‍👧‍👧 family: woman, woman, girl, girl|👨‍👦 family: man, boy|👨‍👦‍👦 family: man, boy, boy|👨‍👧 family: man, girl|👨‍👧‍👦 family: man, girl, boy|
👨‍👧‍👧 family: man, girl, girl|👩‍👦 family: woman, boy|👩‍👦‍👦 family: woman, boy, boy|👩‍👧 family: woman, girl|👩‍👧‍👦 family: woman, girl, boy|
👩‍👧‍👧 family: woman, girl, girl|🗣️ speaking head|👤 bust in silhouette|👥 busts in silhouette|🫂 people hugging*13|👣 footprints`,
  nature: `🐵 monkey face|🐒 monkey|🦍 gorilla|🦧 orangutan*12|🐶 dog face|🐕 dog|🦮 guide dog*12|🐕‍🦺 service dog*12|🐩 poodle|🐺 wolf|🦊 fox|🦝 raccoon|🐱 cat face|🐈 cat|
🐈‍⬛ black cat*13|🦁 lion|🐯 tiger face|🐅 tiger|🐆 leopard|🐴 horse face|🫎 moose*15|🫏 donkey*15|🐎 horse|🦄 unicorn|🦓 zebra|🦌 deer|🦬 bison*13|🐮 cow face|
🐂 ox|🐃 water buffalo|🐄 cow|🐷 pig face|🐖 pig|🐗 boar|🐽 pig nose|🐏 ram|🐑 ewe|🐐 goat|🐪 camel|🐫 two-hump camel|🦙 llama|🦒 giraffe|🐘 elephant|🦣 mammoth*13|
🦏 rhinoceros|🦛 hippopotamus|🐭 mouse face|🐁 mouse|🐀 rat|🐹 hamster|🐰 rabbit face|🐇 rabbit|🐿️ chipmunk|🦫 beaver*13|🦔 hedgehog|🦇 bat|🐻 bear|
🐻‍❄️ polar bear*13|🐨 koala|🐼 panda|🦥 sloth*12|🦦 otter*12|🦨 skunk*12|🦘 kangaroo|🦡 badger|🐾 paw prints|🦃 turkey|🐔 chicken|🐓 rooster|🐣 hatching chick|
🐤 baby chick|🐥 front-facing baby chick|🐦 bird|🐧 penguin|🕊️ dove|🦅 eagle|🦆 duck|🦢 swan|🦉 owl|🦤 dodo*13|🪶 feather*13|🦩 flamingo*12|🦚 peacock|🦜 parrot|
🪽 wing*15|🐦‍⬛ black bird*15|🪿 goose*15|🐸 frog|🐊 crocodile|🐢 turtle|🦎 lizard|🐍 snake|🐲 dragon face|🐉 dragon|🦕 sauropod|🦖 t-rex|🐳 spouting whale|
🐋 whale|🐬 dolphin|🦭 seal*13|🐟 fish|🐠 tropical fish|🐡 blowfish|🦈 shark|🐙 octopus|🐚 spiral shell|🪸 coral*14|🪼 jellyfish*15|🐌 snail|🦋 butterfly|🐛 bug|
🐜 ant|🐝 honeybee|🪲 beetle*13|🐞 lady beetle|🦗 cricket|🪳 cockroach*13|🕷️ spider|🕸️ spider web|🦂 scorpion|🦟 mosquito|🪰 fly*13|🪱 worm*13|🦠 microbe|
💐 bouquet|🌸 cherry blossom|💮 white flower|🪷 lotus*14|🏵️ rosette|🌹 rose|🥀 wilted flower|🌺 hibiscus|🌻 sunflower|🌼 blossom|🌷 tulip|🪻 hyacinth*15|
🌱 seedling|🪴 potted plant*13|🌲 evergreen tree|🌳 deciduous tree|🌴 palm tree|🌵 cactus|🌾 sheaf of rice|🌿 herb|☘️ shamrock|🍀 four leaf clover|
🍁 maple leaf|🍂 fallen leaf|🍃 leaf fluttering in wind|🪹 empty nest*14|🪺 nest with eggs*14|🍄 mushroom`,
  food: `🍇 grapes|🍈 melon|🍉 watermelon|🍊 tangerine|🍋 lemon|🍌 banana|🍍 pineapple|🥭 mango|🍎 red apple|🍏 green apple|🍐 pear|🍑 peach|🍒 cherries|🍓 strawberry|
🫐 blueberries*13|🥝 kiwi fruit|🍅 tomato|🫒 olive*13|🥥 coconut|🥑 avocado|🍆 eggplant|🥔 potato|🥕 carrot|🌽 ear of corn|🌶️ hot pepper|🫑 bell pepper*13|
🥒 cucumber|🥬 leafy green|🥦 broccoli|🧄 garlic*12|🧅 onion*12|🥜 peanuts|🫘 beans*14|🌰 chestnut|🫚 ginger root*15|🫛 pea pod*15|🍞 bread|🥐 croissant|
🥖 baguette bread|🫓 flatbread*13|🥨 pretzel|🥯 bagel|🥞 pancakes|🧇 waffle*12|🧀 cheese wedge|🍖 meat on bone|🍗 poultry leg|🥩 cut of meat|🥓 bacon|
🍔 hamburger|🍟 french fries|🍕 pizza|🌭 hot dog|🥪 sandwich|🌮 taco|🌯 burrito|🫔 tamale*13|🥙 stuffed flatbread|🧆 falafel*12|🥚 egg|🍳 cooking|
🥘 shallow pan of food|🍲 pot of food|🫕 fondue*13|🥣 bowl with spoon|🥗 green salad|🍿 popcorn|🧈 butter*12|🧂 salt|🥫 canned food|🍱 bento box|
🍘 rice cracker|🍙 rice ball|🍚 cooked rice|🍛 curry rice|🍜 steaming bowl|🍝 spaghetti|🍠 roasted sweet potato|🍢 oden|🍣 sushi|🍤 fried shrimp|
🍥 fish cake with swirl|🥮 moon cake|🍡 dango|🥟 dumpling|🥠 fortune cookie|🥡 takeout box|🦀 crab|🦞 lobster|🦐 shrimp|🦑 squid|🦪 oyster*12|🍦 soft ice cream|
🍧 shaved ice|🍨 ice cream|🍩 doughnut|🍪 cookie|🎂 birthday cake|🍰 shortcake|🧁 cupcake|🥧 pie|🍫 chocolate bar|🍬 candy|🍭 lollipop|🍮 custard|🍯 honey pot|
🍼 baby bottle|🥛 glass of milk|☕ hot beverage|🫖 teapot*13|🍵 teacup without handle|🍶 sake|🍾 bottle with popping cork|🍷 wine glass|🍸 cocktail glass|
🍹 tropical drink|🍺 beer mug|🍻 clinking beer mugs|🥂 clinking glasses|🥃 tumbler glass|🫗 pouring liquid*14|🥤 cup with straw|🧋 bubble tea*13|
🧃 beverage box*12|🧉 mate*12|🧊 ice*12|🥢 chopsticks|🍽️ fork and knife with plate|🍴 fork and knife|🥄 spoon|🔪 kitchen knife|🫙 jar*14|🏺 amphora`,
  travel: `🌍 globe showing europe-africa|🌎 globe showing americas|🌏 globe showing asia-australia|🌐 globe with meridians|🗺️ world map|🗾 map of japan|🧭 compass|
🏔️ snow-capped mountain|⛰️ mountain|🌋 volcano|🗻 mount fuji|🏕️ camping|🏖️ beach with umbrella|🏜️ desert|🏝️ desert island|🏞️ national park|🏟️ stadium|
🏛️ classical building|🏗️ building construction|🧱 brick|🪨 rock*13|🪵 wood*13|🛖 hut*13|🏘️ houses|🏚️ derelict house|🏠 house|🏡 house with garden|
🏢 office building|🏣 japanese post office|🏤 post office|🏥 hospital|🏦 bank|🏨 hotel|🏩 love hotel|🏪 convenience store|🏫 school|🏬 department store|
🏭 factory|🏯 japanese castle|🏰 castle|💒 wedding|🗼 tokyo tower|🗽 statue of liberty|⛪ church|🕌 mosque|🛕 hindu temple*12|🕍 synagogue|⛩️ shinto shrine|
🕋 kaaba|⛲ fountain|⛺ tent|🌁 foggy|🌃 night with stars|🏙️ cityscape|🌄 sunrise over mountains|🌅 sunrise|🌆 cityscape at dusk|🌇 sunset|🌉 bridge at night|
♨️ hot springs|🎠 carousel horse|🛝 playground slide*14|🎡 ferris wheel|🎢 roller coaster|💈 barber pole|🎪 circus tent|🚂 locomotive|🚃 railway car|
🚄 high-speed train|🚅 bullet train|🚆 train|🚇 metro|🚈 light rail|🚉 station|🚊 tram|🚝 monorail|🚞 mountain railway|🚋 tram car|🚌 bus|🚍 oncoming bus|
🚎 trolleybus|🚐 minibus|🚑 ambulance|🚒 fire engine|🚓 police car|🚔 oncoming police car|🚕 taxi|🚖 oncoming taxi|🚗 automobile|🚘 oncoming automobile|
🚙 sport utility vehicle|🛻 pickup truck*13|🚚 delivery truck|🚛 articulated lorry|🚜 tractor|🏎️ racing car|🏍️ motorcycle|🛵 motor scooter|
🦽 manual wheelchair*12|🦼 motorized wheelchair*12|🛺 auto rickshaw*12|🚲 bicycle|🛴 kick scooter|🛹 skateboard|🛼 roller skate*13|🚏 bus stop|🛣️ motorway|
🛤️ railway track|🛢️ oil drum|⛽ fuel pump|🛞 wheel*14|🚨 police car light|🚥 horizontal traffic light|🚦 vertical traffic light|🛑 stop sign|
🚧 construction|⚓ anchor|🛟 ring buoy*14|⛵ sailboat|🛶 canoe|🚤 speedboat|🛳️ passenger ship|⛴️ ferry|🛥️ motor boat|🚢 ship|✈️ airplane|🛩️ small airplane|
🛫 airplane departure|🛬 airplane arrival|🪂 parachute*12|💺 seat|🚁 helicopter|🚟 suspension railway|🚠 mountain cableway|🚡 aerial tramway|🛰️ satellite|
🚀 rocket|🛸 flying saucer|🛎️ bellhop bell|🧳 luggage|⌛ hourglass done|⏳ hourglass not done|⌚ watch|⏰ alarm clock|⏱️ stopwatch|⏲️ timer clock|
🕰️ mantelpiece clock|🕛 twelve o'clock|🕧 twelve-thirty|🕐 one o'clock|🕜 one-thirty|🕑 two o'clock|🕝 two-thirty|🕒 three o'clock|🕞 three-thirty|
🕓 four o'clock|🕟 four-thirty|🕔 five o'clock|🕠 five-thirty|🕕 six o'clock|🕡 six-thirty|🕖 seven o'clock|🕢 seven-thirty|🕗 eight o'clock|🕣 eight-thirty|
🕘 nine o'clock|🕤 nine-thirty|🕙 ten o'clock|🕥 ten-thirty|🕚 eleven o'clock|🕦 eleven-thirty|🌑 new moon|🌒 waxing crescent moon|🌓 first quarter moon|
🌔 waxing gibbous moon|🌕 full moon|🌖 waning gibbous moon|🌗 last quarter moon|🌘 waning crescent moon|🌙 crescent moon|🌚 new moon face|
🌛 first quarter moon face|🌜 last quarter moon face|🌡️ thermometer|☀️ sun|🌝 full moon face|🌞 sun with face|🪐 ringed planet*12|⭐ star|🌟 glowing star|
🌠 shooting star|🌌 milky way|☁️ cloud|⛅ sun behind cloud|⛈️ cloud with lightning and rain|🌤️ sun behind small cloud|🌥️ sun behind large cloud|
🌦️ sun behind rain cloud|🌧️ cloud with rain|🌨️ cloud with snow|🌩️ cloud with lightning|🌪️ tornado|🌫️ fog|🌬️ wind face|🌀 cyclone|🌈 rainbow|
🌂 closed umbrella|☂️ umbrella|☔ umbrella with rain drops|⛱️ umbrella on ground|⚡ high voltage|❄️ snowflake|☃️ snowman|⛄ snowman without snow|
☄️ comet|🔥 fire|💧 droplet|🌊 water wave`,
  activities: `🎃 jack-o-lantern|🎄 christmas tree|🎆 fireworks|🎇 sparkler|🧨 firecracker|✨ sparkles|🎈 balloon|🎉 party popper|🎊 confetti ball|🎋 tanabata tree|
🎍 pine decoration|🎎 japanese dolls|🎏 carp streamer|🎐 wind chime|🎑 moon viewing ceremony|🧧 red envelope|🎀 ribbon|🎁 wrapped gift|🎗️ reminder ribbon|
🎟️ admission tickets|🎫 ticket|🎖️ military medal|🏆 trophy|🏅 sports medal|🥇 1st place medal|🥈 2nd place medal|🥉 3rd place medal|⚽ soccer ball|
⚾ baseball|🥎 softball|🏀 basketball|🏐 volleyball|🏈 american football|🏉 rugby football|🎾 tennis|🥏 flying disc|🎳 bowling|🏏 cricket game|🏑 field hockey|
🏒 ice hockey|🥍 lacrosse|🏓 ping pong|🏸 badminton|🥊 boxing glove|🥋 martial arts uniform|🥅 goal net|⛳ flag in hole|⛸️ ice skate|🎣 fishing pole|
🤿 diving mask*12|🎽 running shirt|🎿 skis|🛷 sled|🥌 curling stone|🎯 bullseye|🪀 yo-yo*12|🪁 kite*12|🔫 water pistol|🎱 pool 8 ball|🔮 crystal ball|
🪄 magic wand*13|🎮 video game|🕹️ joystick|🎰 slot machine|🎲 game die|🧩 puzzle piece|🧸 teddy bear|🪅 piñata*13|🪩 mirror ball*14|🪆 nesting dolls*13|
♠️ spade suit|♥️ heart suit|♦️ diamond suit|♣️ club suit|♟️ chess pawn|🃏 joker|🀄 mahjong red dragon|🎴 flower playing cards|🎭 performing arts|
🖼️ framed picture|🎨 artist palette|🧵 thread|🪡 sewing needle*13|🧶 yarn|🪢 knot*13`,
  objects: `👓 glasses|🕶️ sunglasses|🥽 goggles|🥼 lab coat|🦺 safety vest*12|👔 necktie|👕 t-shirt|👖 jeans|🧣 scarf|🧤 gloves|🧥 coat|🧦 socks|👗 dress|👘 kimono|🥻 sari*12|
🩱 one-piece swimsuit*12|🩲 briefs*12|🩳 shorts*12|👙 bikini|👚 woman's clothes|🪭 folding hand fan*15|👛 purse|👜 handbag|👝 clutch bag|🛍️ shopping bags|
🎒 backpack|🩴 thong sandal*13|👞 man's shoe|👟 running shoe|🥾 hiking boot|🥿 flat shoe|👠 high-heeled shoe|👡 woman's sandal|🩰 ballet shoes*12|
👢 woman's boot|🪮 hair pick*15|👑 crown|👒 woman's hat|🎩 top hat|🎓 graduation cap|🧢 billed cap|🪖 military helmet*13|⛑️ rescue worker's helmet|
📿 prayer beads|💄 lipstick|💍 ring|💎 gem stone|🔇 muted speaker|🔈 speaker low volume|🔉 speaker medium volume|🔊 speaker high volume|📢 loudspeaker|
📣 megaphone|📯 postal horn|🔔 bell|🔕 bell with slash|🎼 musical score|🎵 musical note|🎶 musical notes|🎙️ studio microphone|🎚️ level slider|
🎛️ control knobs|🎤 microphone|🎧 headphone|📻 radio|🎷 saxophone|🪗 accordion*13|🎸 guitar|🎹 musical keyboard|🎺 trumpet|🎻 violin|🪕 banjo*12|🥁 drum|
🪘 long drum*13|🪇 maracas*15|🪈 flute*15|📱 mobile phone|📲 mobile phone with arrow|☎️ telephone|📞 telephone receiver|📟 pager|📠 fax machine|🔋 battery|
🪫 low battery*14|🔌 electric plug|💻 laptop|🖥️ desktop computer|🖨️ printer|⌨️ keyboard|🖱️ computer mouse|🖲️ trackball|💽 computer disk|💾 floppy disk|
💿 optical disk|📀 dvd|🧮 abacus|🎥 movie camera|🎞️ film frames|📽️ film projector|🎬 clapper board|📺 television|📷 camera|📸 camera with flash|
📹 video camera|📼 videocassette|🔍 magnifying glass tilted left|🔎 magnifying glass tilted right|🕯️ candle|💡 light bulb|🔦 flashlight|
🏮 red paper lantern|🪔 diya lamp*12|📔 notebook with decorative cover|📕 closed book|📖 open book|📗 green book|📘 blue book|📙 orange book|📚 books|
📓 notebook|📒 ledger|📃 page with curl|📜 scroll|📄 page facing up|📰 newspaper|🗞️ rolled-up newspaper|📑 bookmark tabs|🔖 bookmark|🏷️ label|💰 money bag|
🪙 coin*13|💴 yen banknote|💵 dollar banknote|💶 euro banknote|💷 pound banknote|💸 money with wings|💳 credit card|🧾 receipt|💹 chart increasing with yen|
✉️ envelope|📧 e-mail|📨 incoming envelope|📩 envelope with arrow|📤 outbox tray|📥 inbox tray|📦 package|📫 closed mailbox with raised flag|
📪 closed mailbox with lowered flag|📬 open mailbox with raised flag|📭 open mailbox with lowered flag|📮 postbox|🗳️ ballot box with ballot|✏️ pencil|
✒️ black nib|🖋️ fountain pen|🖊️ pen|🖌️ paintbrush|🖍️ crayon|📝 memo|💼 briefcase|📁 file folder|📂 open file folder|🗂️ card index dividers|📅 calendar|
📆 tear-off calendar|🗒️ spiral notepad|🗓️ spiral calendar|📇 card index|📈 chart increasing|📉 chart decreasing|📊 bar chart|📋 clipboard|📌 pushpin|
📍 round pushpin|📎 paperclip|🖇️ linked paperclips|📏 straight ruler|📐 triangular ruler|✂️ scissors|🗃️ card file box|🗄️ file cabinet|🗑️ wastebasket|
🔒 locked|🔓 unlocked|🔏 locked with pen|🔐 locked with key|🔑 key|🗝️ old key|🔨 hammer|🪓 axe*12|⛏️ pick|⚒️ hammer and pick|🛠️ hammer and wrench|🗡️ dagger|
⚔️ crossed swords|💣 bomb|🪃 boomerang*13|🏹 bow and arrow|🛡️ shield|🪚 carpentry saw*13|🔧 wrench|🪛 screwdriver*13|🔩 nut and bolt|⚙️ gear|🗜️ clamp|
⚖️ balance scale|🦯 white cane*12|🔗 link|⛓️ chains|🪝 hook*13|🧰 toolbox|🧲 magnet|🪜 ladder*13|⚗️ alembic|🧪 test tube|🧫 petri dish|🧬 dna|🔬 microscope|
🔭 telescope|📡 satellite antenna|💉 syringe|🩸 drop of blood*12|💊 pill|🩹 adhesive bandage*12|🩼 crutch*14|🩺 stethoscope*12|🩻 x-ray*14|🚪 door|
🛗 elevator*13|🪞 mirror*13|🪟 window*13|🛏️ bed|🛋️ couch and lamp|🪑 chair*12|🚽 toilet|🪠 plunger*13|🚿 shower|🛁 bathtub|🪤 mouse trap*13|🪒 razor*12|
🧴 lotion bottle|🧷 safety pin|🧹 broom|🧺 basket|🧻 roll of paper|🪣 bucket*13|🧼 soap|🫧 bubbles*14|🪥 toothbrush*13|🧽 sponge|🧯 fire extinguisher|
🛒 shopping cart|🚬 cigarette|⚰️ coffin|🪦 headstone*13|⚱️ funeral urn|🧿 nazar amulet|🪬 hamsa*14|🗿 moai|🪧 placard*13|🪪 identification card*14`,
  symbols: `🏧 atm sign|🚮 litter in bin sign|🚰 potable water|♿ wheelchair symbol|🚹 men's room|🚺 women's room|🚻 restroom|🚼 baby symbol|🚾 water closet|
🛂 passport control|🛃 customs|🛄 baggage claim|🛅 left luggage|⚠️ warning|🚸 children crossing|⛔ no entry|🚫 prohibited|🚳 no bicycles|🚭 no smoking|
🚯 no littering|🚱 non-potable water|🚷 no pedestrians|📵 no mobile phones|🔞 no one under eighteen|☢️ radioactive|☣️ biohazard|⬆️ up arrow|
↗️ up-right arrow|➡️ right arrow|↘️ down-right arrow|⬇️ down arrow|↙️ down-left arrow|⬅️ left arrow|↖️ up-left arrow|↕️ up-down arrow|
↔️ left-right arrow|↩️ right arrow curving left|↪️ left arrow curving right|⤴️ right arrow curving up|⤵️ right arrow curving down|
🔃 clockwise vertical arrows|🔄 counterclockwise arrows button|🔙 back arrow|🔚 end arrow|🔛 on! arrow|🔜 soon arrow|🔝 top arrow|🛐 place of worship|
⚛️ atom symbol|🕉️ om|✡️ star of david|☸️ wheel of dharma|☯️ yin yang|✝️ latin cross|☦️ orthodox cross|☪️ star and crescent|☮️ peace symbol|🕎 menorah|
🔯 dotted six-pointed star|🪯 khanda*15|♈ aries|♉ taurus|♊ gemini|♋ cancer|♌ leo|♍ virgo|♎ libra|♏ scorpio|♐ sagittarius|♑ capricorn|♒ aquarius|
♓ pisces|⛎ ophiuchus|🔀 shuffle tracks button|🔁 repeat button|🔂 repeat single button|▶️ play button|⏩ fast-forward button|⏭️ next track button|
⏯️ play or pause button|◀️ reverse button|⏪ fast reverse button|⏮️ last track button|🔼 upwards button|⏫ fast up button|🔽 downwards button|
⏬ fast down button|⏸️ pause button|⏹️ stop button|⏺️ record button|⏏️ eject button|🎦 cinema|🔅 dim button|🔆 bright button|📶 antenna bars|
🛜 wireless*15|📳 vibration mode|📴 mobile phone off|♀️ female sign|♂️ male sign|⚧️ transgender symbol*13|✖️ multiply|➕ plus|➖ minus|➗ divide|
🟰 heavy equals sign*14|♾️ infinity|‼️ double exclamation mark|⁉️ exclamation question mark|❓ red question mark|❔ white question mark|
❕ white exclamation mark|❗ red exclamation mark|〰️ wavy dash|💱 currency exchange|💲 heavy dollar sign|⚕️ medical symbol|♻️ recycling symbol|
⚜️ fleur-de-lis|🔱 trident emblem|📛 name badge|🔰 japanese symbol for beginner|⭕ hollow red circle|✅ check mark button|☑️ check box with check|
✔️ check mark|❌ cross mark|❎ cross mark button|➰ curly loop|➿ double curly loop|〽️ part alternation mark|✳️ eight-spoked asterisk|
✴️ eight-pointed star|❇️ sparkle|©️ copyright|®️ registered|™️ trade mark|#️⃣ keycap: #|*️⃣ keycap: *|0️⃣ keycap: 0|1️⃣ keycap: 1|2️⃣ keycap: 2|
3️⃣ keycap: 3|4️⃣ keycap: 4|5️⃣ keycap: 5|6️⃣ keycap: 6|7️⃣ keycap: 7|8️⃣ keycap: 8|9️⃣ keycap: 9|🔟 keycap: 10|🔠 input latin uppercase|
🔡 input latin lowercase|🔢 input numbers|🔣 input symbols|🔤 input latin letters|🅰️ a button (blood type)|🆎 ab button (blood type)|
🅱️ b button (blood type)|🆑 cl button|🆒 cool button|🆓 free button|ℹ️ information|🆔 id button|Ⓜ️ circled m|🆕 new button|🆖 ng button|
🅾️ o button (blood type)|🆗 ok button|🅿️ p button|🆘 sos button|🆙 up! button|🆚 vs button|🈁 japanese here button|🈂️ japanese service charge button|
🈷️ japanese monthly amount button|🈶 japanese not free of charge button|🈯 japanese reserved button|🉐 japanese bargain button|
🈹 japanese discount button|🈚 japanese free of charge button|🈲 japanese prohibited button|🉑 japanese acceptable button|🈸 japanese application button|
🈴 japanese passing grade button|🈳 japanese vacancy button|㊗️ japanese congratulations button|㊙️ japanese secret button|
🈺 japanese open for business button|🈵 japanese no vacancy button|🔴 red circle|🟠 orange circle*12|🟡 yellow circle*12|🟢 green circle*12|🔵 blue circle|
🟣 purple circle*12|🟤 brown circle*12|⚫ black circle|⚪ white circle|🟥 red square*12|🟧 orange square*12|🟨 yellow square*12|🟩 green square*12|
🟦 blue square*12|🟪 purple square*12|🟫 brown square*12|⬛ black large square|⬜ white large square|◼️ black medium square|◻️ white medium square|
◾ black medium-small square|◽ white medium-small square|▪️ black small square|▫️ white small square|🔶 large orange diamond|🔷 large blue diamond|
🔸 small orange diamond|🔹 small blue diamond|🔺 red triangle pointed up|🔻 red triangle pointed down|💠 diamond with a dot|🔘 radio button|
🔳 white square button|🔲 black square button`,
  flags: `🏁 chequered flag|🚩 triangular flag|🎌 crossed flags|🏴 black flag|🏳️ white flag|🏳️‍🌈 rainbow flag|🏳️‍⚧️ transgender flag*13|🏴‍☠️ pirate flag|
🇦🇨 ascension island|🇦🇩 andorra|🇦🇪 united arab emirates|🇦🇫 afghanistan|🇦🇬 antigua & barbuda|🇦🇮 anguilla|🇦🇱 albania|🇦🇲 armenia|🇦🇴 angola|🇦🇶 antarctica|
🇦🇷 argentina|🇦🇸 american samoa|🇦🇹 austria|🇦🇺 australia|🇦🇼 aruba|🇦🇽 åland islands|🇦🇿 azerbaijan|🇧🇦 bosnia & herzegovina|🇧🇧 barbados|🇧🇩 bangladesh|
🇧🇪 belgium|🇧🇫 burkina faso|🇧🇬 bulgaria|🇧🇭 bahrain|🇧🇮 burundi|🇧🇯 benin|🇧🇱 st. barthélemy|🇧🇲 bermuda|🇧🇳 brunei|🇧🇴 bolivia|🇧🇶 caribbean netherlands|
🇧🇷 brazil|🇧🇸 bahamas|🇧🇹 bhutan|🇧🇻 bouvet island|🇧🇼 botswana|🇧🇾 belarus|🇧🇿 belize|🇨🇦 canada|🇨🇨 cocos (keeling) islands|🇨🇩 congo - kinshasa|
🇨🇫 central african republic|🇨🇬 congo - brazzaville|🇨🇭 switzerland|🇨🇮 côte d'ivoire|🇨🇰 cook islands|🇨🇱 chile|🇨🇲 cameroon|🇨🇳 china|🇨🇴 colombia|
🇨🇵 clipperton island|🇨🇷 costa rica|🇨🇺 cuba|🇨🇻 cape verde|🇨🇼 curaçao|🇨🇽 christmas island|🇨🇾 cyprus|🇨🇿 czechia|🇩🇪 germany|🇩🇬 diego garcia|🇩🇯 djibouti|
🇩🇰 denmark|🇩🇲 dominica|🇩🇴 dominican republic|🇩🇿 algeria|🇪🇦 ceuta & melilla|🇪🇨 ecuador|🇪🇪 estonia|🇪🇬 egypt|🇪🇭 western sahara|🇪🇷 eritrea|🇪🇸 spain|
🇪🇹 ethiopia|🇪🇺 european union|🇫🇮 finland|🇫🇯 fiji|🇫🇰 falkland islands|🇫🇲 micronesia|🇫🇴 faroe islands|🇫🇷 france|🇬🇦 gabon|🇬🇧 united kingdom|🇬🇩 grenada|
🇬🇪 georgia|🇬🇫 french guiana|🇬🇬 guernsey|🇬🇭 ghana|🇬🇮 gibraltar|🇬🇱 greenland|🇬🇲 gambia|🇬🇳 guinea|🇬🇵 guadeloupe|🇬🇶 equatorial guinea|🇬🇷 greece|
🇬🇸 south georgia & south sandwich islands|🇬🇹 guatemala|🇬🇺 guam|🇬🇼 guinea-bissau|🇬🇾 guyana|🇭🇰 hong kong sar china|🇭🇲 heard & mcdonald islands|
🇭🇳 honduras|🇭🇷 croatia|🇭🇹 haiti|🇭🇺 hungary|🇮🇨 canary islands|🇮🇩 indonesia|🇮🇪 ireland|🇮🇱 israel|🇮🇲 isle of man|🇮🇳 india|
🇮🇴 british indian ocean territory|🇮🇶 iraq|🇮🇷 iran|🇮🇸 iceland|🇮🇹 italy|🇯🇪 jersey|🇯🇲 jamaica|🇯🇴 jordan|🇯🇵 japan|🇰🇪 kenya|🇰🇬 kyrgyzstan|🇰🇭 cambodia|
🇰🇮 kiribati|🇰🇲 comoros|🇰🇳 st. kitts & nevis|🇰🇵 north korea|🇰🇷 south korea|🇰🇼 kuwait|🇰🇾 cayman islands|🇰🇿 kazakhstan|🇱🇦 laos|🇱🇧 lebanon|🇱🇨 st. lucia|
🇱🇮 liechtenstein|🇱🇰 sri lanka|🇱🇷 liberia|🇱🇸 lesotho|🇱🇹 lithuania|🇱🇺 luxembourg|🇱🇻 latvia|🇱🇾 libya|🇲🇦 morocco|🇲🇨 monaco|🇲🇩 moldova|🇲🇪 montenegro|
🇲🇫 st. martin|🇲🇬 madagascar|🇲🇭 marshall islands|🇲🇰 north macedonia|🇲🇱 mali|🇲🇲 myanmar (burma)|🇲🇳 mongolia|🇲🇴 macao sar china|
🇲🇵 northern mariana islands|🇲🇶 martinique|🇲🇷 mauritania|🇲🇸 montserrat|🇲🇹 malta|🇲🇺 mauritius|🇲🇻 maldives|🇲🇼 malawi|🇲🇽 mexico|🇲🇾 malaysia|
🇲🇿 mozambique|🇳🇦 namibia|🇳🇨 new caledonia|🇳🇪 niger|🇳🇫 norfolk island|🇳🇬 nigeria|🇳🇮 nicaragua|🇳🇱 netherlands|🇳🇴 norway|🇳🇵 nepal|🇳🇷 nauru|🇳🇺 niue|
🇳🇿 new zealand|🇴🇲 oman|🇵🇦 panama|🇵🇪 peru|🇵🇫 french polynesia|🇵🇬 papua new guinea|🇵🇭 philippines|🇵🇰 pakistan|🇵🇱 poland|🇵🇲 st. pierre & miquelon|
🇵🇳 pitcairn islands|🇵🇷 puerto rico|🇵🇸 palestinian territories|🇵🇹 portugal|🇵🇼 palau|🇵🇾 paraguay|🇶🇦 qatar|🇷🇪 réunion|🇷🇴 romania|🇷🇸 serbia|🇷🇺 russia|
🇷🇼 rwanda|🇸🇦 saudi arabia|🇸🇧 solomon islands|🇸🇨 seychelles|🇸🇩 sudan|🇸🇪 sweden|🇸🇬 singapore|🇸🇭 st. helena|🇸🇮 slovenia|🇸🇯 svalbard & jan mayen|
🇸🇰 slovakia|🇸🇱 sierra leone|🇸🇲 san marino|🇸🇳 senegal|🇸🇴 somalia|🇸🇷 suriname|🇸🇸 south sudan|🇸🇹 são tomé & príncipe|🇸🇻 el salvador|🇸🇽 sint maarten|
🇸🇾 syria|🇸🇿 eswatini|🇹🇦 tristan da cunha|🇹🇨 turks & caicos islands|🇹🇩 chad|🇹🇫 french southern territories|🇹🇬 togo|🇹🇭 thailand|🇹🇯 tajikistan|
🇹🇰 tokelau|🇹🇱 timor-leste|🇹🇲 turkmenistan|🇹🇳 tunisia|🇹🇴 tonga|🇹🇷 turkey|🇹🇹 trinidad & tobago|🇹🇻 tuvalu|🇹🇼 taiwan|🇹🇿 tanzania|🇺🇦 ukraine|🇺🇬 uganda|
🇺🇲 u.s. outlying islands|🇺🇳 united nations|🇺🇸 united states|🇺🇾 uruguay|🇺🇿 uzbekistan|🇻🇦 vatican city|🇻🇨 st. vincent & grenadines|🇻🇪 venezuela|
🇻🇬 british virgin islands|🇻🇮 u.s. virgin islands|🇻🇳 vietnam|🇻🇺 vanuatu|🇼🇫 wallis & futuna|🇼🇸 samoa|🇽🇰 kosovo|🇾🇪 yemen|🇾🇹 mayotte|🇿🇦 south africa|
🇿🇲 zambia|🇿🇼 zimbabwe|🏴󠁧󠁢󠁥󠁮󠁧󠁿 england|🏴󠁧󠁢󠁳󠁣󠁴󠁿 scotland|🏴󠁧󠁢󠁷󠁬󠁳󠁿 wales`,
};
