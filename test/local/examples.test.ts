import { testExamples } from '../support/example-tests.ts';

// Go and PHP are run where they are installed for it: test/interop/examples.test.ts.
testExamples([
  { language: 'sh', fileName: 'send.sh', command: ['sh'] },
  { language: 'js', fileName: 'send.mjs', command: [process.execPath] },
  { language: 'python', fileName: 'send.py', command: ['python3'] },
]);
