"""What is to be done, as data: decided from values alone, so that it can be shown before it is done."""
