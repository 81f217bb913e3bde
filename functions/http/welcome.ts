/** What the welcome screen tells. `generatedKey` is the bootstrap key when it was made in this start, and else `null`. */
export type Welcome = {
  readonly url: string;
  readonly route: string;
  readonly dataDir: string;
  readonly generatedKey: string | null;
};

/** The screen that greets whoever starts the single process: where it listens, the key (the first time only), and a command that sends. */
export function welcomeScreen({ url, route, dataDir, generatedKey }: Welcome): string {
  // Double quotes let the shell fill in a key that we cannot show again.
  const authorization =
    generatedKey === null ? '"Authorization: Bearer $POSTERN_API_KEY"' : `'Authorization: Bearer ${generatedKey}'`;
  return [
    '',
    `  Postern listens at  ${url}`,
    `  route               ${route}${route === 'sandbox' ? ' (nothing leaves this machine)' : ''}`,
    `  store               ${dataDir}`,
    ...(generatedKey === null
      ? []
      : [`  API key             ${generatedKey}`, '                      (shown this once; keep it)']),
    '',
    '  Send an email:',
    '',
    `  curl -s ${url}/v1/emails \\`,
    `    -H ${authorization} \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '{"from":"you@yourdomain.example","to":"delivered@sandbox.example","subject":"Hello","text":"It works."}'`,
    '',
    '',
  ].join('\n');
}
