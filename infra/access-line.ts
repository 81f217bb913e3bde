/**
 * What an HTTP API writes to its log for a request, in its own placeholders. The path is without its query: addresses stand in
 * queries. Keys are in headers, which are not logged.
 */
export const accessLine = JSON.stringify({
  at: '$context.requestTime',
  id: '$context.requestId',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  ms: '$context.responseLatency',
  error: '$context.integrationErrorMessage',
});
