import { type Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import type { IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';

import type { environmentNames } from '../functions/config.ts';
import { acknowledge } from './acknowledge.ts';

/** The setting that a secret's value is for; functions read the value at their start. */
export type SecretSetting = Extract<
  (typeof environmentNames)[number],
  'POSTERN_MASTER_KEY' | 'POSTERN_API_KEY' | 'POSTERN_SMARTHOST_URL'
>;

/** A variable of a function: a setting, or the ARN of the secret with it. */
export type EnvironmentName = Exclude<(typeof environmentNames)[number], SecretSetting> | `${SecretSetting}_SECRET_ARN`;

/** Something that runs our code, as far as it is given names and rights. */
export type Worker = {
  setVariable(name: EnvironmentName, value: string): void;
  grant(statement: PolicyStatement): void;
  /** Accepts findings of cdk-nag on its rights. */
  accept(reasons: Readonly<Record<string, string>>): void;
};

export type FunctionProps = {
  /** The entry file's name without its suffix. */
  readonly name: string;
  /** The folder with the bundle. */
  readonly bundle: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMb: number;
  readonly logRetention: RetentionDays;
  readonly vpc: Vpc | null;
};

/**
 * A function with a role and a log group of its own: it may write its log, and whatever it is bound to. No concurrency is
 * reserved: fresh accounts have ten, and Lambda keeps them for all functions together.
 */
export function createFunction(stack: Stack, props: FunctionProps): { readonly lambda: LambdaFunction } & Worker {
  const { name, vpc } = props;
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  const logGroup = new LogGroup(stack, `${id}Log`, {
    retention: props.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(stack, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  );
  if (vpc !== null) allowNetworkInterfaces(role);
  const lambda = new LambdaFunction(stack, id, {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: `${name}.handler`,
    code: Code.fromAsset(props.bundle),
    timeout: props.timeout,
    memorySize: props.memoryMb,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
    // Start and report lines of every invocation would be most of the log.
    systemLogLevelV2: SystemLogLevel.WARN,
    // The CDK's own types disagree under exactOptionalPropertyTypes.
    ...(vpc && { vpc: vpc as IVpc }),
  });
  return {
    lambda,
    setVariable: (variable, value) => void lambda.addEnvironment(variable, value),
    grant: (statement) => void role.addToPolicy(statement),
    accept: (reasons) => acknowledge(role, reasons),
  };
}

// These calls know no resource: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
function allowNetworkInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'Lambda demands it of a function in a VPC, and its calls on network interfaces know no resource.',
  });
}
