import json, os
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

def of(name):
    return os.environ[os.environ["PREFIX"] + name]

style = "path" if of("FORCE_PATH_STYLE") == "true" else "auto"
bucket, name = of("BUCKET"), "a folder/\u00fcber & co.txt"
s3 = boto3.client(
    "s3", endpoint_url=of("ENDPOINT"), region_name=of("REGION"),
    aws_access_key_id=of("ACCESS_KEY_ID"), aws_secret_access_key=of("SECRET_ACCESS_KEY"),
    config=Config(s3={"addressing_style": style}, retries={"total_max_attempts": 1}),
)
try:
    s3.put_object(Bucket=bucket, Key=name, Body=b"hello")
    s3.head_bucket(Bucket=bucket)
    body = s3.get_object(Bucket=bucket, Key=name)["Body"].read().decode()
    listed = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    s3.delete_object(Bucket=bucket, Key=name)
    left = s3.list_objects_v2(Bucket=bucket)["KeyCount"]
    print(json.dumps({"body": body, "listed": listed == [name], "left": left}))
except ClientError as error:
    print(json.dumps({"refused": error.response["Error"]["Code"]}))
