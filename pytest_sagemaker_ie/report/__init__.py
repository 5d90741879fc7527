"""What tests did with their accounts, made readable: for one test that failed, and for a whole suite.

`failure_section` and `suite_report` in the room `plugin` show it. This room knows neither pytest nor botocore.
"""
