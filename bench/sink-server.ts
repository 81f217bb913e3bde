// The receiving side of the measurements, in a process of its own: an honest SMTP server with TCP_NODELAY.
import { startMailSink } from '../test/support/mail-sink.ts';

const sink = await startMailSink({ chunking: process.argv[2] !== 'no-chunking' });
console.log(`smtp://127.0.0.1:${sink.port}`);
process.on('SIGTERM', () => {
  void sink.close().then(() => process.exit(0));
});
