import { systemRandom } from '../../functions/adapters/random-system.ts';
import { createAesSecretBox } from '../../functions/adapters/secret-box-aes.ts';
import { describeSecretBox } from '../contract/secret-box.contract.ts';

describeSecretBox('AES-256-GCM', () => createAesSecretBox(systemRandom.bytes(32), systemRandom));
