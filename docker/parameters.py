"""Takes over the county's parameters where its file is there; months they change are built anew by the next load."""

from hearth.building.parameters import load_parameters
from hearth.settings import load_settings

settings = load_settings()
if settings.parameters_file is not None and settings.parameters_file.is_file():
    print(f"{load_parameters(settings, settings.parameters_file)} rule parameters in force")
else:
    print("no file of rule parameters: rules that need one give no answer")
