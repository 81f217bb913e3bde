// Lambda on an SQS event source: webhooks.
import process from 'node:process';

import { startNotify } from './wiring/aws-notify.ts';

export const handler = await startNotify(process.env);
