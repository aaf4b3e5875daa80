"""What mails and their pages say, in each language that the widget speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Sentences with their places; the count chooses one of two, whatever more the language has."""

    language: str
    subject_one: str
    subject_many: str
    hello: str
    reply: str
    visit: str
    reason: str
    stop: str
    stop_question: str
    stopped: str
    answer_to: str
    send: str
    sent: str
    expired: str
    not_sent: str
    direction: str = "ltr"

    def subject(self, count: int, *, names: str, site: str) -> str:
        """Return the mail's subject."""
        return f"{self.heading(count, name=names)} · {site}"

    def heading(self, count: int, *, name: str) -> str:
        """Return how much there is of whom."""
        form = self.subject_one if count == 1 else self.subject_many
        return form.format(count=count, name=name)

    def greeting(self, name: str) -> str:
        return self.hello.format(name=name)

    def open_site(self, site: str) -> str:
        return self.visit.format(site=site)

    def why(self, site: str) -> str:
        return self.reason.format(site=site)


_ALL = (
    Words(
        language="en",
        subject_one="1 unread message from {name}",
        subject_many="{count} unread messages from {name}",
        hello="Hello {name},",
        reply="Reply",
        visit="Open {site}",
        reason="You get this mail because you missed messages on {site}.",
        stop="No more mails about missed messages",
        stop_question="Shall we stop sending you mails about missed messages?",
        stopped="You will get no more mails about missed messages.",
        answer_to="Your reply to {name}",
        send="Send",
        sent="Your reply was sent.",
        expired="This link is no longer valid. Open the site to read your messages.",
        not_sent="Your reply could not be sent. Please try again.",
    ),
    Words(
        language="de",
        subject_one="1 ungelesene Nachricht von {name}",
        subject_many="{count} ungelesene Nachrichten von {name}",
        hello="Hallo {name},",
        reply="Antworten",
        visit="{site} öffnen",
        reason="Du bekommst diese E-Mail, weil du auf {site} Nachrichten verpasst hast.",
        stop="Keine E-Mails mehr über verpasste Nachrichten",
        stop_question="Sollen wir dir keine E-Mails über verpasste Nachrichten mehr schicken?",
        stopped="Du bekommst keine E-Mails mehr über verpasste Nachrichten.",
        answer_to="Deine Antwort an {name}",
        send="Senden",
        sent="Deine Antwort wurde gesendet.",
        expired="Dieser Link gilt nicht mehr. Deine Nachrichten liest du auf der Website.",
        not_sent="Deine Antwort konnte nicht gesendet werden. Bitte versuche es noch einmal.",
    ),
    Words(
        language="fr",
        subject_one="1 message non lu de {name}",
        subject_many="{count} messages non lus de {name}",
        hello="Bonjour {name},",
        reply="Répondre",
        visit="Ouvrir {site}",
        reason="Vous recevez cet e-mail parce que vous avez manqué des messages sur {site}.",
        stop="Ne plus recevoir d'e-mails sur les messages manqués",
        stop_question="Faut-il cesser de vous envoyer des e-mails sur les messages manqués ?",
        stopped="Vous ne recevrez plus d'e-mails sur les messages manqués.",
        answer_to="Votre réponse à {name}",
        send="Envoyer",
        sent="Votre réponse a été envoyée.",
        expired="Ce lien n'est plus valable. Ouvrez le site pour lire vos messages.",
        not_sent="Votre réponse n'a pas pu être envoyée. Veuillez réessayer.",
    ),
    Words(
        language="es",
        subject_one="1 mensaje sin leer de {name}",
        subject_many="{count} mensajes sin leer de {name}",
        hello="Hola, {name}:",
        reply="Responder",
        visit="Abrir {site}",
        reason="Recibes este correo porque te has perdido mensajes en {site}.",
        stop="No recibir más correos sobre mensajes perdidos",
        stop_question="¿Dejamos de enviarte correos sobre mensajes perdidos?",
        stopped="No recibirás más correos sobre mensajes perdidos.",
        answer_to="Tu respuesta a {name}",
        send="Enviar",
        sent="Tu respuesta se ha enviado.",
        expired="Este enlace ya no es válido. Abre el sitio para leer tus mensajes.",
        not_sent="No se ha podido enviar tu respuesta. Inténtalo de nuevo.",
    ),
    Words(
        language="ro",
        subject_one="1 mesaj necitit de la {name}",
        subject_many="{count} mesaje necitite de la {name}",
        hello="Salut, {name},",
        reply="Răspunde",
        visit="Deschide {site}",
        reason="Primești acest e-mail pentru că ai pierdut mesaje pe {site}.",
        stop="Fără alte e-mailuri despre mesaje pierdute",
        stop_question="Să nu îți mai trimitem e-mailuri despre mesaje pierdute?",
        stopped="Nu vei mai primi e-mailuri despre mesaje pierdute.",
        answer_to="Răspunsul tău către {name}",
        send="Trimite",
        sent="Răspunsul tău a fost trimis.",
        expired="Acest link nu mai este valabil. Deschide site-ul ca să îți citești mesajele.",
        not_sent="Răspunsul nu a putut fi trimis. Încearcă din nou.",
    ),
    Words(
        language="ar",
        direction="rtl",
        subject_one="رسالة واحدة غير مقروءة من {name}",
        subject_many="رسائل غير مقروءة ({count}) من {name}",
        hello="مرحبًا {name}،",
        reply="ردّ",
        visit="افتح {site}",
        reason="وصلك هذا البريد لأن رسائل فاتتك على {site}.",
        stop="إيقاف البريد عن الرسائل الفائتة",
        stop_question="هل نتوقف عن مراسلتك بشأن الرسائل الفائتة؟",
        stopped="لن يصلك بريد آخر عن الرسائل الفائتة.",
        answer_to="ردّك على {name}",
        send="إرسال",
        sent="تم إرسال ردّك.",
        expired="لم يعد هذا الرابط صالحًا. افتح الموقع لقراءة رسائلك.",
        not_sent="تعذّر إرسال ردّك. حاول مرة أخرى.",
    ),
    Words(
        language="he",
        direction="rtl",
        subject_one="הודעה אחת שלא נקראה מאת {name}",
        subject_many="{count} הודעות שלא נקראו מאת {name}",
        hello="שלום {name},",
        reply="תשובה",
        visit="פתיחת {site}",
        reason="קיבלת את המייל הזה כי פספסת הודעות ב־{site}.",
        stop="בלי מיילים נוספים על הודעות שפוספסו",
        stop_question="להפסיק לשלוח לך מיילים על הודעות שפוספסו?",
        stopped="לא יישלחו אליך עוד מיילים על הודעות שפוספסו.",
        answer_to="התשובה שלך אל {name}",
        send="שליחה",
        sent="התשובה נשלחה.",
        expired="הקישור הזה כבר לא בתוקף. אפשר לקרוא את ההודעות באתר.",
        not_sent="לא ניתן היה לשלוח את התשובה. נסו שוב.",
    ),
    Words(
        language="ja",
        subject_one="{name}さんからの未読メッセージ1件",
        subject_many="{name}さんからの未読メッセージ{count}件",
        hello="{name}さん",
        reply="返信する",
        visit="{site}を開く",
        reason="{site}に未読のメッセージがあるため、このメールをお送りしています。",
        stop="未読メッセージのメールを停止する",
        stop_question="未読メッセージのメールを停止しますか?",
        stopped="未読メッセージのメールを停止しました。",
        answer_to="{name}さんへの返信",
        send="送信",
        sent="返信を送信しました。",
        expired="このリンクは無効になりました。メッセージはサイトでご覧ください。",
        not_sent="返信を送信できませんでした。もう一度お試しください。",
    ),
    Words(
        language="zh",
        subject_one="{name} 发来 1 条未读消息",
        subject_many="{name} 发来 {count} 条未读消息",
        hello="{name},您好:",
        reply="回复",
        visit="打开 {site}",
        reason="您在 {site} 上有未读消息,因此收到这封邮件。",
        stop="不再接收未读消息邮件",
        stop_question="要停止接收未读消息邮件吗?",
        stopped="您将不再收到未读消息邮件。",
        answer_to="回复 {name}",
        send="发送",
        sent="您的回复已发送。",
        expired="此链接已失效。请打开网站阅读消息。",
        not_sent="回复发送失败,请重试。",
    ),
)
_BY_LANGUAGE = {words.language: words for words in _ALL}


def words_for(locale: str) -> Words:
    """Return the words of the locale's language, in English where we do not speak it."""
    return _BY_LANGUAGE.get(locale.partition("-")[0].lower(), _ALL[0])
