import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { derivedKey } from '../../functions/adapters/derived-key.ts';
import { readReturnedFromS3 } from '../../functions/adapters/returned-mail-s3.ts';
import { createReturnPaths } from '../../functions/bounce/return-path.ts';
import { deliveryIdOf } from '../../functions/core/delivery-id.ts';
import type { EmailId } from '../../functions/core/ids.ts';
import { addressOf } from '../../functions/core/mailbox.ts';
import { defaultProjectId } from '../../functions/core/keys/project-name.ts';
import { type AwsRegion, startAwsRegion } from '../adapters/aws-region.ts';
import { awsError } from '../adapters/faulty-proxy.ts';
import { type AwsDeployment, bundled, deployToAws } from '../support/aws-deployment.ts';
import { functionEnvironment } from '../support/function-environment.ts';
import { complaintReport, deliveryReport } from '../support/returned-mail.ts';

const masterKey = Buffer.from(functionEnvironment.POSTERN_MASTER_KEY, 'base64');
const returnPaths = createReturnPaths('back.example', [derivedKey(masterKey, 'return path')]);

let region: AwsRegion;
let aws: AwsDeployment;
beforeAll(async () => {
  region = await startAwsRegion();
  await Promise.all([bundled('submit'), bundled('deliver'), bundled('intake')]);
}, 60_000);
afterAll(() => region.stop());
beforeEach(async () => {
  region.proxy.heal();
  aws = await deployToAws(region, { POSTERN_RETURN_PATH_DOMAIN: 'back.example' });
});

async function delivered(to = 'bob@two.example'): Promise<{ id: EmailId; path: string }> {
  const body = { from: 'a@one.example', to, subject: 'Hello', text: 'Hello' };
  const { id } = JSON.parse((await aws.request('POST', '/v1/emails', { body })).body) as { id: EmailId };
  await aws.poll();
  const bearer = { projectId: defaultProjectId, deliveryId: deliveryIdOf(id, 0), position: 0 };
  return { id, path: addressOf(returnPaths.addressFor(bearer, Date.now())) };
}

/** Puts objects into the bucket, and answers with what the queue is told of them. */
async function received(mails: Readonly<Record<string, string>>) {
  const Bucket = aws.names.bucket;
  return await Promise.all(
    Object.entries(mails).map(async ([name, Body]) => {
      const Key = `returned/${name}`;
      await region.s3.send(new PutObjectCommand({ Bucket, Key, Body }));
      return notificationOf(name);
    }),
  );
}

function notificationOf(name: string) {
  const { bucket } = aws.names;
  const body = { Records: [{ s3: { bucket: { name: bucket }, object: { key: `returned/${name}` } } }] };
  return { messageId: name, body: JSON.stringify(body) };
}

async function statusOf(id: EmailId): Promise<string> {
  return (JSON.parse((await aws.request('GET', `/v1/emails/${id}`)).body) as { status: string }).status;
}

const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe('mail that SES has received', () => {
  it('ends recipients and suppresses addresses, whoever the project is, and again is the same', async () => {
    const [bounced, complained] = [await delivered(), await delivered('eve@two.example')];
    const Records = await received({
      dsn: deliveryReport(bounced.path, [{ address: 'bob@two.example' }]),
      arf: complaintReport(complained.path, null),
      forged: deliveryReport('bounce+0@back.example', [{ address: 'eve@two.example' }]),
      empty: '',
    });
    expect(await aws.intake({ Records })).toEqual(failures());
    expect(await aws.intake({ Records })).toEqual(failures());
    expect([await statusOf(bounced.id), await statusOf(complained.id)]).toEqual(['bounced', 'delivered']);
    const listed = JSON.parse((await aws.request('GET', '/v1/suppressions')).body) as { data: object[] };
    expect(listed.data).toMatchObject([
      { email: 'bob@two.example', reason: 'bounce' },
      { email: 'eve@two.example', reason: 'complaint' },
    ]);
  });

  it('is read no further than its report can reach, however large it is (X28)', async () => {
    const { id, path } = await delivered();
    const huge = deliveryReport(path, [{ address: 'bob@two.example' }]).padEnd(3 * 1024 * 1024, 'x');
    const Records = await received({ huge });
    const read = await readReturnedFromS3(region.s3, aws.names.bucket)('returned/huge');
    expect(read?.length).toBe(1024 * 1024);
    expect(await aws.intake({ Records })).toEqual(failures());
    expect(await statusOf(id)).toBe('bounced');
  });

  it('comes again when the store is out of reach, and nothing else does', async () => {
    const { id, path } = await delivered();
    const Records = [
      ...(await received({
        dsn: deliveryReport(path, [{ address: 'bob@two.example' }]),
        plain: 'Subject: x\r\n\r\nx',
      })),
      notificationOf('gone'),
      { messageId: 'garbage', body: 'x' },
      { messageId: 'test', body: '{"Event":"s3:TestEvent"}' },
    ];
    region.proxy.fail(({ operation }) => (operation === 'UpdateItem' ? awsError('AccessDeniedException') : null));
    expect(await aws.intake({ Records })).toEqual(failures('dsn'));
    region.proxy.heal();
    expect(await aws.intake({ Records })).toEqual(failures());
    expect(await statusOf(id)).toBe('bounced');
  });

  it('is not taken in by a function that could believe none of it', async () => {
    const unset = await deployToAws(region);
    await expect(unset.intake({ Records: [] })).rejects.toThrow('POSTERN_RETURN_PATH_DOMAIN is not set');
  });
});
