"""The content of uploaded files: types, pictures, location data, the storage, and the virus scanner."""
