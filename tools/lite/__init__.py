"""The course in a browser's tab: JupyterLite, with everything that it needs in one folder of plain files."""
