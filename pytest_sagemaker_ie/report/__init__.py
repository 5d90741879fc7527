"""What a failed test or a whole suite did with its accounts, as text and pages. Knows neither pytest nor botocore."""
