"""What a WSGI server loads: ``gunicorn -c conf/gunicorn.py`` takes ``wsgi:application`` from here."""

import os

from imserver.app import create_app
from imserver.settings import load_settings

application = create_app(load_settings(environ=os.environ))
