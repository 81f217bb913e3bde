/** A proxy, a cache or an own service may be at any port; a stranger's public endpoint is at these. */
const publicPorts = ['', '8443'];

/**
 * Why no webhook may be posted to a URL, as one sentence; `null` when it may, as far as its text tells: its address is vetted
 * when it is dialled. With `allowPrivate`, plain http and any port are accepted. Pure.
 */
export function refusalOfWebhookUrl(text: string, allowPrivate: boolean): string | null {
  const url = URL.parse(text);
  if (url === null) return 'The URL cannot be read; it is like https://example.com/webhooks.';
  const schemes = allowPrivate ? ['https:', 'http:'] : ['https:'];
  if (!schemes.includes(url.protocol)) return `The URL begins with ${schemes.map((one) => `${one}//`).join(' or ')}.`;
  if (url.username !== '' || url.password !== '') return 'The URL holds no user name and no password.';
  if (url.hash !== '') return 'The URL has no fragment.';
  if (!allowPrivate && !publicPorts.includes(url.port)) return 'The port is 443 or 8443.';
  return null;
}
