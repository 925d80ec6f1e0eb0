"""What free text asks for or says, however it is spelt. Pure."""
