import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';

import type { Worker } from './worker.ts';

/**
 * Gives the bucket: its name, and to read, or to read and write, content. Who may not list a bucket is told 403 where there
 * is no such object, instead of 404; so these may.
 */
export function bindContents(worker: Worker, bucket: Bucket, access: 'read' | 'read and write'): void {
  worker.setVariable('POSTERN_BUCKET', bucket.bucketName);
  const actions = access === 'read' ? ['s3:GetObject'] : ['s3:GetObject', 's3:PutObject'];
  worker.grant(new PolicyStatement({ actions, resources: [bucket.arnForObjects('content/*')] }));
  worker.grant(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
  const reason = 'An object an email, all of them below content/: their names are not known before.';
  worker.accept({ [`AwsSolutions-IAM5[Resource::${exportNameOfArn(bucket)}/content/*]`]: reason });
}

/** Gives the right to keep dead letters in the bucket, and not to read them: that is a person's business. */
export function bindDeadLetterObjects(worker: Worker, bucket: Bucket): void {
  worker.grant(new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('dead-letters/*')] }));
  const reason = "An object a letter, all of them below dead-letters/: their names are the queue's own.";
  worker.accept({ [`AwsSolutions-IAM5[Resource::${exportNameOfArn(bucket)}/dead-letters/*]`]: reason });
}

/** Gives the bucket and the right to read what SES has put there, and nothing else in it. */
export function bindReturnedMail(worker: Worker, bucket: Bucket): void {
  worker.setVariable('POSTERN_BUCKET', bucket.bucketName);
  worker.grant(new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('returned/*')] }));
  worker.grant(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }));
  const reason = 'An object a mail, all of them below returned/: SES makes up their names.';
  worker.accept({ [`AwsSolutions-IAM5[Resource::${exportNameOfArn(bucket)}/returned/*]`]: reason });
}

// The other stack's resource is known here by the name of its export, and so it is in what cdk-nag finds.
function exportNameOfArn({ stack, bucketArn }: Bucket): string {
  const imported = stack.resolve(stack.exportValue(bucketArn)) as { readonly 'Fn::ImportValue': string };
  return imported['Fn::ImportValue'];
}
