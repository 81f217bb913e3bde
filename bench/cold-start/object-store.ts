// Named, so that a bundler takes these and leaves the rest of the client.
export { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
