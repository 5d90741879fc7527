"""What tests did with their accounts, made readable: for one test that failed, and for a whole suite.

The room `plugin` shows it, in `failure_section` and `suite_report`. This room knows neither pytest nor botocore.
"""
