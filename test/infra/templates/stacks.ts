import { Match } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';

import { tableDefinition } from '../../../functions/adapters/dynamodb-table.ts';
import { synthesize, synthesizeAnew } from '../synthesis.ts';

const sandbox = await synthesize({});
const prod = await synthesize({ stage: 'prod', alarmEmail: 'ops@example.com', front: 'function-url' });

const stateTypes = ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret'];

describe('the state (X20)', () => {
  it('has the table that the adapter defines, on demand, with recovery and a time to live', () => {
    sandbox.state.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      ...tableDefinition,
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'z', Enabled: true },
      Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
    });
  });

  it('has an encrypted bucket that nobody else can read, spoken to over TLS only', () => {
    sandbox.state.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: Match.anyValue(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 62 })]) },
    });
    sandbox.state.hasResourceProperties('AWS::S3::BucketPolicy', onlyOverTls('s3:*'));
  });

  it('has encrypted queues that keep a job for two weeks, spoken to over TLS only', () => {
    sandbox.state.resourceCountIs('AWS::SQS::Queue', 4);
    sandbox.state.allResourcesProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    sandbox.state.resourceCountIs('AWS::SQS::QueuePolicy', 4);
    sandbox.state.allResourcesProperties('AWS::SQS::QueuePolicy', onlyOverTls('sqs:*'));
    sandbox.state.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 10 }),
    });
  });

  it('has a master key of 32 bytes in hexadecimal digits', () => {
    const [key] = Object.values(sandbox.state.findResources('AWS::SecretsManager::Secret')).map(
      ({ Properties }) => (Properties as { GenerateSecretString: Record<string, unknown> }).GenerateSecretString,
    );
    expect(key).toMatchObject({ PasswordLength: 64, ExcludeUppercase: true, ExcludePunctuation: true });
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'.split('');
    expect(letters.filter((letter) => !String(key?.['ExcludeCharacters']).includes(letter)).join('')).toBe(
      'abcdef0123456789',
    );
  });

  it('stays in production and goes with every other stage', () => {
    for (const type of stateTypes) {
      prod.state.allResources(type, Match.objectLike({ DeletionPolicy: 'Retain' }));
      sandbox.state.allResources(type, Match.objectLike({ DeletionPolicy: 'Delete' }));
    }
    expect(prod.stacks.state.terminationProtection).toBe(true);
    prod.state.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ DeletionProtectionEnabled: true })],
    });
  });
});

describe('the functions', () => {
  it('run Node 24 on arm64, log JSON into groups that end, and reserve no concurrency', () => {
    sandbox.service.resourceCountIs('AWS::Lambda::Function', 5);
    sandbox.service.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: Match.objectLike({ LogFormat: 'JSON', LogGroup: Match.anyValue() }),
      ReservedConcurrentExecutions: Match.absent(),
      VpcConfig: Match.absent(),
    });
    sandbox.service.resourceCountIs('AWS::Logs::LogGroup', 6);
    sandbox.service.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
    sandbox.service.resourceCountIs('AWS::EC2::VPC', 0);
  });

  it('take jobs in batches, whose failures they report, hidden for six times their own time', () => {
    sandbox.service.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 50,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
    sandbox.service.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    for (const [handler, queue] of [
      ['deliver', 'Jobs'],
      ['notify', 'Notifications'],
    ] as const) {
      const [made] = Object.values(
        sandbox.service.findResources('AWS::Lambda::Function', { Properties: { Handler: `${handler}.handler` } }),
      );
      const { Timeout } = (made as { Properties: { Timeout: number } }).Properties;
      const queues = Object.entries(sandbox.state.findResources('AWS::SQS::Queue'));
      const [, found] = queues.find(([id]) => id.startsWith(queue)) ?? [];
      expect(found).toMatchObject({ Properties: { VisibilityTimeout: 6 * Timeout } });
    }
  });

  it('take dead letters in batches, two at a time, hidden for six times their own time', () => {
    sandbox.service.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::ImportValue': Match.stringLikeRegexp('DeadLetters') },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    sandbox.service.hasResourceProperties('AWS::Lambda::Function', { Handler: 'bury.handler', Timeout: 300 });
    sandbox.state.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 1_800,
      RedrivePolicy: Match.absent(),
    });
  });

  it('sweep every minute, once', () => {
    sandbox.service.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    sandbox.service.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumRetryAttempts: 0 });
  });

  it('stand behind an HTTP API with an access log and a limit, or a function URL', () => {
    sandbox.service.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      AccessLogSettings: Match.objectLike({ DestinationArn: Match.anyValue() }),
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 },
    });
    sandbox.service.resourceCountIs('AWS::Lambda::Url', 0);
    prod.service.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
    prod.service.resourceCountIs('AWS::Lambda::Url', 1);
  });
});

describe('mail that comes back', () => {
  it('is received by SES into the bucket, for this account alone, and told to a queue', async () => {
    const { state, service } = await synthesize({ inboundDomain: 'back.example.com' });
    state.hasResourceProperties('AWS::SES::ReceiptRule', {
      Rule: {
        Enabled: true,
        Recipients: ['back.example.com'],
        Actions: [{ S3Action: { BucketName: Match.anyValue(), ObjectKeyPrefix: 'returned/' } }],
      },
    });
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
    for (const [type, Service, Action] of [
      ['AWS::S3::BucketPolicy', 'ses.amazonaws.com', 's3:PutObject'],
      ['AWS::SQS::QueuePolicy', 's3.amazonaws.com', 'sqs:SendMessage'],
    ] as const) {
      const statement = Match.objectLike({ Action, Effect: 'Allow', Principal: { Service }, Condition: ofThisAccount });
      state.hasResourceProperties(type, { PolicyDocument: { Statement: Match.arrayWith([statement]) } });
    }
    state.hasResource('AWS::S3::Bucket', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^ReturnedPolicy')]),
      Properties: {
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Event: 's3:ObjectCreated:*',
              Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'returned/' }] } },
              Queue: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Returned'), 'Arn'] },
            },
          ],
        },
        LifecycleConfiguration: {
          Rules: Match.arrayWith([Match.objectLike({ Prefix: 'returned/', ExpirationInDays: 14 })]),
        },
      },
    });
    service.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::ImportValue': Match.stringLikeRegexp('Returned') },
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
    service.hasResourceProperties('AWS::Lambda::Function', { Handler: 'intake.handler', Timeout: 120 });
  });

  it('is nothing to a deployment without a domain for it', () => {
    sandbox.state.resourceCountIs('AWS::SES::ReceiptRule', 0);
    sandbox.service.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
  });
});

describe('cdk-nag (X20)', () => {
  it('stops the synthesis for what nobody has accepted', async () => {
    const careless = synthesizeAnew({}, ({ state }) => void new Bucket(state, 'Careless'));
    await expect(careless).rejects.toThrow(/AwsSolutions-S1[\s\S]*AwsSolutions-S10/);
  });
});

function onlyOverTls(action: string) {
  return {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Action: action, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    }),
  };
}
