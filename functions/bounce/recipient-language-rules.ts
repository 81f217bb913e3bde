import type { Rule } from './rule.ts';

/** Words about the mailbox in other languages than English, as servers and carriers use them. */
export const recipientLanguageRules: readonly Rule[] = [
  {
    id: 'language-mailbox-full',
    when: {
      pattern:
        /(?:メールボックス|受信箱|容量).{0,20}(?:一杯|いっぱい|満杯|超え|超過|オーバー)|(?:邮箱|郵箱|信箱).{0,6}(?:已满|已滿|空间不足)|ящик.{0,20}переполнен|\bpostfach .{0,20}(?:voll|überfüllt)|\bzu ?viele mails auf dem server|\bquota .{0,20}(?:dépassé|überschritten)|\b(?:buz[oó]n|casella|caixa)\b.{0,40}(?:llen[oa]|piena|chei[oa])|\bpostvak .{0,20}\bvol\b/iu,
    },
    category: 'mailbox_full',
    source:
      'the words of refusals in Japanese, Chinese, Russian, German, French, Spanish, Italian, Portuguese and Dutch',
  },
  {
    id: 'language-inactive',
    when: {
      pattern:
        /(?:アカウント|メールアドレス).{0,20}(?:停止|無効|解約)|(?:帐号|账号|帳號|用户).{0,6}(?:停用|冻结|禁用)|ящик.{0,20}(?:заблокирован|отключ[её]н)|\b(?:konto|postfach) .{0,20}(?:gesperrt|deaktiviert)|\bkonto .{0,20}(?:zablokowane|nieaktywne)|\bindirizzo .{0,20}(?:bloccato|disattivat)|\b(?:usuario|casilla) .{0,30}(?:inactiv|expirad)[oa]|\bcompte .{0,30}(?:désactivé|suspendu|bloqué)|\b(?:cuenta|conta)\b.{0,40}(?:deshabilitad|desactivad|suspendid|suspens|desativad)a?/iu,
    },
    category: 'inactive_mailbox',
    source: 'the words of refusals in other languages',
  },
  {
    id: 'language-no-such-user',
    when: {
      reply: ['permanent'],
      pattern:
        /(?:宛先|メールアドレス|アドレス|ユーザー?|ディレクトリ).{0,20}(?:見つかりません|存在しません|存在しない|ありません|不明)|(?:用户|用戶|邮箱|收件人|地址).{0,6}(?:不存在|未找到|不正确)|(?:пользовател|ящик|адрес).{0,20}не (?:найден|существует)|нет такого пользователя|\b(?:empfänger|benutzer|adresse)\b.{0,30}(?:existiert nicht|unbekannt|nicht (?:gefunden|bekannt)|ungültig)|\b(?:destinataire|adresse|boîte)\b.{0,30}(?:n'existe pas|introuvable)|\b(?:usuario|destinatario|direcci[oó]n|utente|indirizzo|usu[aá]rio|destinat[aá]rio|endere[cç]o)\b.{0,30}(?:no existe|non esiste|n[aã]o existe|no encontrad|non trovato|n[aã]o encontrad|sconosciuto|inexistente|inesistente)|\bdestin\. sconosciuto|\bdestinatario errato|\bnie istnieje\b|\bnie ma takiego (?:konta|użytkownika|adresu)|\b(?:gebruiker|e-mailadres)\b.{0,30}(?:bestaat niet|onbekend|niet gevonden)/iu,
    },
    category: 'invalid_recipient',
    source: 'the words of refusals in other languages',
  },
];
