"""What goes over the wire: request and answer types, cursors, events. Pure: no sockets, no clock."""
