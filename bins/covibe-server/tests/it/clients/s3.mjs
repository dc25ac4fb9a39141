import {
  DeleteObjectCommand, GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";

const of = (name) => process.env[process.env.PREFIX + name];
const [Bucket, Key] = [of("BUCKET"), "a folder/\u00fcber & co.txt"];
const s3 = new S3Client({
  endpoint: of("ENDPOINT"), region: of("REGION"), forcePathStyle: of("FORCE_PATH_STYLE") === "true", maxAttempts: 1,
  credentials: { accessKeyId: of("ACCESS_KEY_ID"), secretAccessKey: of("SECRET_ACCESS_KEY") },
});
try {
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
  await s3.send(new HeadBucketCommand({ Bucket }));
  const body = await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
  const listed = (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents.map((each) => each.Key);
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  const left = (await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount;
  console.log(JSON.stringify({ body, listed: listed.length === 1 && listed[0] === Key, left }));
} catch (error) {
  if (!(error instanceof S3ServiceException)) throw error;
  console.log(JSON.stringify({ refused: error.name }));
}
