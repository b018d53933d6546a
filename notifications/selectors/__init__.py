"""Every read of pages, the API and sockets, with the decision what a user may see."""
