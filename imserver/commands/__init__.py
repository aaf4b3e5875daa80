"""What people type: the programs behind bin/. Above the app; nothing imports them but bin/ and conf/."""
