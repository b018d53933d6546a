"""What a link leads to: which links of a message have a preview, and what it shows of their pages."""
