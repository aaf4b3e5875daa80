// @ts-check
/** The few words that are on the screen before a language has been loaded, in all of them; the keys of each are those of `en`. */
/** @type {Record<string, Record<string, import('../strings.js').Saying>>} */
export const BAR = {
  en: {
    messenger: 'Messenger', panel: 'People and conversations', close_panel: 'Close panel', sound_on: 'Sound on', sound_off: 'Sound off',
    reconnecting: 'Reconnecting…', unread: '{count} unread',
  },
  de: {
    messenger: 'Messenger', panel: 'Personen und Unterhaltungen', close_panel: 'Fenster schließen', sound_on: 'Ton an', sound_off: 'Ton aus',
    reconnecting: 'Verbinde neu …', unread: '{count} ungelesen',
  },
  fr: {
    messenger: 'Messagerie', panel: 'Personnes et conversations', close_panel: 'Fermer le panneau', sound_on: 'Son activé', sound_off: 'Son désactivé',
    reconnecting: 'Reconnexion…', unread: { one: '{count} non lu', many: '{count} non lus', other: '{count} non lus' },
  },
  es: {
    messenger: 'Mensajes', panel: 'Personas y conversaciones', close_panel: 'Cerrar panel', sound_on: 'Sonido activado', sound_off: 'Sonido desactivado',
    reconnecting: 'Reconectando…', unread: { one: '{count} sin leer', many: '{count} sin leer', other: '{count} sin leer' },
  },
  ro: {
    messenger: 'Mesaje', panel: 'Persoane și conversații', close_panel: 'Închide panoul', sound_on: 'Sunet pornit', sound_off: 'Sunet oprit',
    reconnecting: 'Se reconectează…', unread: { one: '{count} necitit', few: '{count} necitite', other: '{count} de necitite' },
  },
  ar: {
    messenger: 'المراسلة', panel: 'الأشخاص والمحادثات', close_panel: 'إغلاق اللوحة', sound_on: 'الصوت مفعّل', sound_off: 'الصوت متوقف',
    reconnecting: 'جارٍ إعادة الاتصال…',
    unread: {
      zero: 'لا رسائل غير مقروءة', one: 'رسالة واحدة غير مقروءة', two: 'رسالتان غير مقروءتين', few: '{count} رسائل غير مقروءة', many: '{count} رسالة غير مقروءة', other: '{count} رسالة غير مقروءة',
    },
  },
  he: {
    messenger: 'הודעות', panel: 'אנשים ושיחות', close_panel: 'סגירת החלונית', sound_on: 'הצליל פועל', sound_off: 'הצליל כבוי',
    reconnecting: 'מתחבר מחדש…', unread: { one: 'הודעה אחת שלא נקראה', two: 'שתי הודעות שלא נקראו', other: '{count} הודעות שלא נקראו' },
  },
  ja: {
    messenger: 'メッセージ', panel: 'メンバーと会話', close_panel: 'パネルを閉じる', sound_on: '音オン', sound_off: '音オフ',
    reconnecting: '再接続しています…', unread: '未読{count}件',
  },
  zh: {
    messenger: '消息', panel: '联系人与会话', close_panel: '关闭面板', sound_on: '声音已开启', sound_off: '声音已关闭',
    reconnecting: '正在重新连接…', unread: '{count} 条未读',
  },
};
