"""Thin bridges to other libraries, imported only when used."""
