import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';

import { rightsOf } from '../rights.ts';
import { synthesize } from '../synthesis.ts';

const smarthostSecret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:relay-AbCdEf';
const smarthost = await synthesize({ route: 'smarthost', smarthostSecretArn: smarthostSecret });
const receiving = await synthesize({ inboundDomain: 'back.example.com' });
const poller = await synthesize({ route: 'mx', egress: 'poller', mailHostname: 'out.example.com' });

const deliver = [
  'dynamodb:BatchGetItem Table',
  'dynamodb:DeleteItem Table',
  'dynamodb:GetItem Table',
  'dynamodb:PutItem Table',
  'dynamodb:Query Table',
  'dynamodb:Query Table/index/listing',
  'dynamodb:UpdateItem Table',
  's3:GetObject Contents/content/*',
  's3:ListBucket Contents',
  's3:PutObject Contents/content/*',
  'secretsmanager:GetSecretValue MasterKey',
  'sqs:SendMessage DeadLetters',
  'sqs:SendMessage Notifications',
];

// What is not listed is denied: all that a function may do is here.
describe('what a function may do (X19)', () => {
  it('submit: the whole of an item, jobs out, and no job in', () => {
    expect(rightsOf(smarthost.service, 'Submit')).toEqual([
      'dynamodb:BatchGetItem Table',
      'dynamodb:DeleteItem Table',
      'dynamodb:GetItem Table',
      'dynamodb:PutItem Table',
      'dynamodb:Query Table',
      'dynamodb:Query Table/index/listing',
      'dynamodb:UpdateItem Table',
      'logs:CreateLogStream SubmitLog',
      'logs:PutLogEvents SubmitLog',
      's3:GetObject Contents/content/*',
      's3:ListBucket Contents',
      's3:PutObject Contents/content/*',
      'secretsmanager:GetSecretValue ApiKey',
      'secretsmanager:GetSecretValue MasterKey',
      'sqs:SendMessage Jobs',
      'sqs:SendMessage Notifications',
    ]);
  });

  it('deliver: nothing sent to its own queue, no API key', () => {
    expect(rightsOf(smarthost.service, 'Deliver')).toEqual(
      [
        ...deliver,
        'logs:CreateLogStream DeliverLog',
        'logs:PutLogEvents DeliverLog',
        `secretsmanager:GetSecretValue ${smarthostSecret}`,
        'sqs:ChangeMessageVisibility Jobs',
        'sqs:DeleteMessage Jobs',
        'sqs:GetQueueAttributes Jobs',
        'sqs:GetQueueUrl Jobs',
        'sqs:ReceiveMessage Jobs',
      ].toSorted(),
    );
  });

  it('sweep: no content written, neither the API key nor the password of the smarthost', () => {
    expect(rightsOf(smarthost.service, 'Sweep')).toEqual([
      'dynamodb:BatchGetItem Table',
      'dynamodb:DeleteItem Table',
      'dynamodb:GetItem Table',
      'dynamodb:PutItem Table',
      'dynamodb:Query Table',
      'dynamodb:Query Table/index/due',
      'dynamodb:Query Table/index/listing',
      'dynamodb:UpdateItem Table',
      'logs:CreateLogStream SweepLog',
      'logs:PutLogEvents SweepLog',
      's3:GetObject Contents/content/*',
      's3:ListBucket Contents',
      'secretsmanager:GetSecretValue MasterKey',
      'sqs:SendMessage Jobs',
      'sqs:SendMessage Notifications',
    ]);
  });

  it('notify: the content of what it mails and of what that is about, no jobs, neither the API key nor the password of the smarthost', () => {
    expect(rightsOf(smarthost.service, 'Notify')).toEqual([
      'dynamodb:BatchGetItem Table',
      'dynamodb:DeleteItem Table',
      'dynamodb:GetItem Table',
      'dynamodb:PutItem Table',
      'dynamodb:Query Table',
      'dynamodb:UpdateItem Table',
      'logs:CreateLogStream NotifyLog',
      'logs:PutLogEvents NotifyLog',
      's3:GetObject Contents/content/*',
      's3:ListBucket Contents',
      's3:PutObject Contents/content/*',
      'secretsmanager:GetSecretValue MasterKey',
      'sqs:ChangeMessageVisibility Notifications',
      'sqs:DeleteMessage Notifications',
      'sqs:GetQueueAttributes Notifications',
      'sqs:GetQueueUrl Notifications',
      'sqs:ReceiveMessage Notifications',
      'sqs:SendMessage Notifications',
    ]);
  });

  it('notify, where something gets every event: to send there, which nobody else may', async () => {
    const telling = await synthesize({ eventBus: 'new', eventTopic: 'new-fifo', inboundDomain: 'back.example.com' });
    expect(rightsOf(telling.service, 'Notify').filter((right) => /^(?:events|sns):/.test(right))).toEqual([
      'events:PutEvents Events',
      'sns:Publish EventTopic',
    ]);
    for (const name of ['Submit', 'Deliver', 'Sweep', 'Bury', 'Intake']) {
      expect(rightsOf(telling.service, name).filter((right) => /^(?:events|sns):/.test(right))).toEqual([]);
    }
    telling.state.hasResourceProperties('AWS::SNS::Topic', { FifoTopic: true, KmsMasterKeyId: Match.anyValue() });
    telling.state.hasResourceProperties('AWS::Events::EventBus', { Name: 'postern-dev' });

    const [eventBus, eventTopic] = [
      'arn:aws:events:eu-central-1:123456789012:event-bus/mail',
      'arn:aws:sns:eu-central-1:123456789012:mail',
    ];
    const taking = await synthesize({ eventBus, eventTopic });
    taking.state.resourceCountIs('AWS::SNS::Topic', 0);
    taking.state.resourceCountIs('AWS::Events::EventBus', 0);
    expect(rightsOf(taking.service, 'Notify')).toEqual(
      expect.arrayContaining([`events:PutEvents ${eventBus}`, `sns:Publish ${eventTopic}`]),
    );
  });

  it('bury: deliveries ended, content and letters kept, no letter read again, no secret at all', () => {
    expect(rightsOf(smarthost.service, 'Bury')).toEqual([
      'dynamodb:DeleteItem Table',
      'dynamodb:GetItem Table',
      'dynamodb:PutItem Table',
      'dynamodb:Query Table',
      'dynamodb:UpdateItem Table',
      'logs:CreateLogStream BuryLog',
      'logs:PutLogEvents BuryLog',
      's3:GetObject Contents/content/*',
      's3:ListBucket Contents',
      's3:PutObject Contents/content/*',
      's3:PutObject Contents/dead-letters/*',
      'sqs:ChangeMessageVisibility DeadLetters',
      'sqs:DeleteMessage DeadLetters',
      'sqs:GetQueueAttributes DeadLetters',
      'sqs:GetQueueUrl DeadLetters',
      'sqs:ReceiveMessage DeadLetters',
      'sqs:SendMessage Notifications',
    ]);
  });

  it('intake: returned mail read, no mail that goes out, no API key', () => {
    expect(rightsOf(receiving.service, 'Intake')).toEqual([
      'dynamodb:DeleteItem Table',
      'dynamodb:GetItem Table',
      'dynamodb:PutItem Table',
      'dynamodb:Query Table',
      'dynamodb:UpdateItem Table',
      'logs:CreateLogStream IntakeLog',
      'logs:PutLogEvents IntakeLog',
      's3:GetObject Contents/returned/*',
      's3:ListBucket Contents',
      'secretsmanager:GetSecretValue MasterKey',
      'sqs:ChangeMessageVisibility Returned',
      'sqs:DeleteMessage Returned',
      'sqs:GetQueueAttributes Returned',
      'sqs:GetQueueUrl Returned',
      'sqs:ReceiveMessage Returned',
      'sqs:SendMessage Notifications',
    ]);
    expect(rightsOf(smarthost.service, 'Intake')).toEqual([]);
  });

  it('a poller: what deliver may, for whoever runs it', () => {
    expect(rightsOf(poller.service, 'Poller')).toEqual(
      [...deliver, 'sqs:ChangeMessageVisibility Jobs', 'sqs:DeleteMessage Jobs', 'sqs:ReceiveMessage Jobs'].toSorted(),
    );
    expect(rightsOf(poller.service, 'Deliver')).toEqual([]);
    poller.service.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    poller.service.resourceCountIs('AWS::EC2::VPC', 0);
    poller.service.hasOutput('PollerVariables', {});
  });

  it('nothing on every resource, and no managed policy of the platform', () => {
    for (const { service } of [smarthost, poller]) {
      expect(JSON.stringify(service.toJSON())).not.toMatch(/"Resource":(?:"\*"|\["\*")|"ManagedPolicyArns"/);
    }
  });
});

describe('secrets', () => {
  it('stand in no variable: their ARNs do, for who may read them', () => {
    const functions = Object.entries(smarthost.service.findResources('AWS::Lambda::Function'));
    const named = functions.map(([id, { Properties }]) => {
      const { Variables } = (Properties as { Environment: { Variables: Record<string, unknown> } }).Environment;
      const names = Object.keys(Variables).filter((name) => name.endsWith('_SECRET_ARN'));
      return [id.slice(0, -8), names.toSorted()];
    });
    expect(Object.fromEntries(named)).toEqual({
      Submit: ['POSTERN_API_KEY_SECRET_ARN', 'POSTERN_MASTER_KEY_SECRET_ARN'],
      Deliver: ['POSTERN_MASTER_KEY_SECRET_ARN', 'POSTERN_SMARTHOST_URL_SECRET_ARN'],
      Notify: ['POSTERN_MASTER_KEY_SECRET_ARN'],
      Sweep: ['POSTERN_MASTER_KEY_SECRET_ARN'],
      Bury: [],
    });
    expect(JSON.stringify([smarthost.service.toJSON(), smarthost.state.toJSON()])).not.toContain('{{resolve:');
  });
});
