"""What one failed test or a whole suite did with its accounts, as text and pages: neither pytest nor botocore."""
