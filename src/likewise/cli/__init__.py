"""The commands: one thin file each, over the same functions that Python offers."""
