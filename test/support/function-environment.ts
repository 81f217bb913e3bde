/** The least that a function starts with; nothing is asked at the addresses. */
export const functionEnvironment = {
  AWS_REGION: 'eu-central-1',
  POSTERN_TABLE: 'postern',
  POSTERN_BUCKET: 'postern-content',
  POSTERN_QUEUE_URL: 'http://127.0.0.1:1/jobs',
  POSTERN_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/dead',
  POSTERN_NOTIFY_QUEUE_URL: 'http://127.0.0.1:1/notify',
  POSTERN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  POSTERN_API_KEY: 'a bootstrap key for the tests',
} as const;
