"""All that imports or patches botocore, boto3, aiobotocore, moto and multiprocessing. It knows no rule."""
