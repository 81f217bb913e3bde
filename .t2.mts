import { createComposer } from './functions/mime/compose.ts';
import { randomBytes } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseMailbox } from './functions/core/mailbox.ts';
const mb = (s:string) => { const r = parseMailbox(s); if(!r.ok) throw r.why; return r.mailbox };
const draft = (text:string|null, html:string|null): any => ({from:{name:'Grüße, Ada',mailbox:mb('ada@bücher.example')},to:[{name:'Bob "x"',mailbox:mb('bob@example.com')}],cc:[],bcc:[],replyTo:[],subject:'Héllo there',html,text,headers:[{name:'X-Y',value:'a b'}],attachments:[],tags:[],metadata:{},scheduledAt:null,expiresAt:null,tls:'opportunistic',onInDoubt:'retry'});
const composer = createComposer({ bytes:(n)=>randomBytes(n), fraction:()=>Math.random()});
for (const [name, text, html] of [['1KB both','Hello there dear friend, this is text.\n'.repeat(12),'<p>Hello there dear friend, this is text.</p>\n'.repeat(11)],['1KB text','Hello there dear friend, this is text.\n'.repeat(25),null],['30KB both','Hello there dear friend, this is text.\n'.repeat(375),'<p>Hello there dear friend, this is text.</p>\n'.repeat(330)],['30KB html longline',null,'<p>Hello there déar friend, this is text.</p>'.repeat(660)]] as const) {
  const d = draft(text, html);
  const o = {from:{name:'Grüße, Ada',address:'ada@xn--bcher-kva.example'},to:[{name:'Bob "x"',address:'bob@example.com'}],subject:d.subject,text,html,headers:{'X-Y':'a b'},messageId:'<x@y.example>',date:new Date(0)};
  for (let r=0;r<2;r++) for (const [n, f] of [['ours', () => composer.compose(d,'<x@y.example>',0)], ['nodemailer', () => new MailComposer({...o} as any).compile().build()]] as const) {
    for (let i=0;i<300;i++) await f();
    const N = 1500; const t=performance.now(); for (let i=0;i<N;i++) await f(); const seq = N/(performance.now()-t)*1000;
    const t2=performance.now(); for (let i=0;i<N/50;i++) await Promise.all(Array.from({length:50},f));
    console.log(name, n, seq.toFixed(0)+'/s', (N/(performance.now()-t2)*1000).toFixed(0)+'/s at 50');
  }
}
