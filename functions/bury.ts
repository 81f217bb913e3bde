// Lambda on the dead-letter queue: deliveries whose job is dead end visibly, what is no job is kept.
import process from 'node:process';

import { startBury } from './wiring/aws-bury.ts';

export const handler = await startBury(process.env);
