// @ts-check
// What people type between colons who know other messengers; the names of Unicode are found anyway.
export const ALIASES = `joy 😂|rofl 🤣|smile 😄|grin 😁|laughing 😆|sweat_smile 😅|wink 😉|blush 😊|heart_eyes 😍|kissing_heart 😘|yum 😋|tongue 😛|stuck_out_tongue 😛|
sunglasses 😎|thinking 🤔|neutral 😐|expressionless 😑|smirk 😏|unamused 😒|rolling_eyes 🙄|grimace 😬|relieved 😌|pensive 😔|sleepy 😪|sleeping 😴|
mask 😷|cry 😢|sob 😭|scream 😱|angry 😠|rage 😡|triumph 😤|flushed 😳|dizzy 😵|shush 🤫|hug 🤗|innocent 😇|party 🥳|pleading 🥺|clown 🤡|nerd 🤓|
upside_down 🙃|sad 😞|disappointed 😞|worried 😟|confused 😕|frown 🙁|open_mouth 😮|wow 😮|hushed 😯|cold_sweat 😰|fearful 😨|skull 💀|poop 💩|ghost 👻|
alien 👽|robot 🤖|heart ❤️|broken_heart 💔|two_hearts 💕|sparkling_heart 💖|blue_heart 💙|green_heart 💚|yellow_heart 💛|orange_heart 🧡|
purple_heart 💜|black_heart 🖤|100 💯|boom 💥|fire 🔥|sparkles ✨|star ⭐|zzz 💤|wave 👋|ok 👌|ok_hand 👌|thumbsup 👍|+1 👍|like 👍|thumbsdown 👎|-1 👎|
clap 👏|pray 🙏|thanks 🙏|muscle 💪|point_up ☝️|point_right 👉|point_left 👈|point_down 👇|fist ✊|punch 👊|v ✌️|peace ✌️|raised_hands 🙌|handshake 🤝|
facepalm 🤦|shrug 🤷|eyes 👀|tada 🎉|balloon 🎈|gift 🎁|cake 🍰|birthday 🎂|beer 🍺|beers 🍻|wine 🍷|coffee ☕|tea 🍵|pizza 🍕|rocket 🚀|car 🚗|bike 🚲|
sun ☀️|sunny ☀️|rain 🌧️|snow ❄️|rainbow 🌈|moon 🌙|dog 🐶|cat 🐱|bug 🐛|bee 🐝|check ✅|white_check_mark ✅|x ❌|warning ⚠️|question ❓|exclamation ❗|
bulb 💡|idea 💡|lock 🔒|key 🔑|mail ✉️|phone 📱|computer 💻|camera 📷|music 🎵|soccer ⚽|trophy 🏆|medal 🏅|money 💰|euro 💶|dollar 💵|clock 🕐|
hourglass ⌛|calendar 📅|pin 📌|paperclip 📎|pencil ✏️|memo 📝|book 📖|link 🔗|recycle ♻️`;
