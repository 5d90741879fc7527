"""What tests have done with their accounts, made readable: for one test that failed, and for a whole suite.

Nothing in this package knows pytest or botocore; the modules `failure_section` and `suite_report` beside it do.
"""
