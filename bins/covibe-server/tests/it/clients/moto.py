import json, sys
import boto3

# Its first four requests are not checked: they make the bucket and a key that may use nothing else.
endpoint, bucket = sys.argv[1:]
operator = dict.fromkeys(["aws_access_key_id", "aws_secret_access_key"], "operator")
operator.update(endpoint_url=endpoint, region_name="us-east-1")
boto3.client("s3", **operator).create_bucket(Bucket=bucket)
iam = boto3.client("iam", **operator)
iam.create_user(UserName="app")
# Amazon's S3 asks for s3:ListBucket where this server asks for s3:HeadBucket.
actions = ["HeadBucket", "ListBucket", "GetObject", "PutObject", "DeleteObject"]
statement = {
    "Effect": "Allow",
    "Action": [f"s3:{action}" for action in actions],
    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
iam.put_user_policy(UserName="app", PolicyName="bucket", PolicyDocument=policy)
key = iam.create_access_key(UserName="app")["AccessKey"]
print(json.dumps({"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))
