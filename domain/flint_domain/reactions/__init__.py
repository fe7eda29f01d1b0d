"""What a context reads or writes through the transaction, a file each."""
