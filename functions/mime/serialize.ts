import type MimeNode from 'nodemailer/lib/mime-node';
import { encode as base64Encoded, wrap as base64Wrapped } from 'nodemailer/lib/base64';
import { encode as quotedPrintable, wrap as quotedPrintableWrapped } from 'nodemailer/lib/qp';

/**
 * The bytes of a compiled tree of nodemailer's, octet for octet what its own stream yields. That stream takes several turns of
 * the event loop and a handful of stream objects for every part, which for content that is in memory already costs more than
 * the encoding does. Everything is encoded at once: meant for messages whose encoding nobody else has to wait for.
 */
export function serialized(tree: MimeNode): Buffer {
  const text = textOf(tree);
  return Buffer.from(text.endsWith('\n') ? text : `${text}\r\n`, 'latin1');
}

// One character an octet, so that text and encoded parts can be put together as strings.
function textOf(node: MimeNode): string {
  const head = `${Buffer.from(node.buildHeaders()).toString('latin1')}\r\n\r\n${contentOf(node)}`;
  if (!node.multipart) return head;
  const parts = node.childNodes.map((child) => `--${node.boundary}\r\n${textOf(child)}`);
  return `${head}${parts.join('\r\n')}\r\n--${node.boundary}--\r\n`;
}

function contentOf(node: MimeNode): string {
  const { content } = node;
  if (content === undefined || content === null) return '';
  if (typeof content !== 'string' && !Buffer.isBuffer(content)) {
    throw new TypeError('The content of a part is neither text nor bytes.');
  }
  const encoding = node.getTransferEncoding();
  if (encoding === 'quoted-printable') return quotedPrintableWrapped(quotedPrintable(content));
  if (encoding === 'base64') return base64Wrapped(base64Encoded(content));
  return Buffer.from(content).toString('latin1');
}
