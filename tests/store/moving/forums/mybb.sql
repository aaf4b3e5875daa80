-- The tables that the importer reads, as the program's own installer makes them, with a few people and messages.
CREATE TABLE mybb_users (
  uid int unsigned NOT NULL auto_increment, username varchar(120) NOT NULL default '',
  email varchar(220) NOT NULL default '', regdate int unsigned NOT NULL default 0,
  usergroup smallint unsigned NOT NULL default 0, buddylist text NOT NULL, ignorelist text NOT NULL,
  PRIMARY KEY (uid)) CHARACTER SET utf8mb4;
CREATE TABLE mybb_privatemessages (
  pmid int unsigned NOT NULL auto_increment, uid int unsigned NOT NULL default 0,
  toid int unsigned NOT NULL default 0, fromid int unsigned NOT NULL default 0, recipients text NOT NULL,
  folder smallint unsigned NOT NULL default 1, subject varchar(120) NOT NULL default '',
  icon smallint unsigned NOT NULL default 0, message text NOT NULL, dateline int unsigned NOT NULL default 0,
  deletetime int unsigned NOT NULL default 0, status tinyint(1) NOT NULL default 0,
  statustime int unsigned NOT NULL default 0, includesig tinyint(1) NOT NULL default 0,
  smilieoff tinyint(1) NOT NULL default 0, receipt tinyint(1) NOT NULL default 0,
  readtime int unsigned NOT NULL default 0, ipaddress varbinary(16) NOT NULL default '',
  PRIMARY KEY (pmid), KEY uid (uid, folder), KEY toid (toid)) CHARACTER SET utf8mb4;
INSERT INTO mybb_users (uid, username, email, regdate, buddylist, ignorelist) VALUES
  (2, 'Ada & Co', 'ada@example.org', 1500000000, '3', ''), (3, 'Bob', 'bob@example.org', 1500000001, '', '4,99'),
  (4, 'Cyd', '', 1500000002, '', '');
INSERT INTO mybb_privatemessages (uid, toid, fromid, recipients, folder, subject, message, dateline, status) VALUES
  (3, 3, 2, 'a:1:{s:2:"to";a:1:{i:0;s:1:"3";}}', 1, 'A picnic', '[b]When[/b]?', 1600000000, 1),
  (2, 3, 2, 'a:1:{s:2:"to";a:1:{i:0;s:1:"3";}}', 2, 'A picnic', '[b]When[/b]?', 1600000000, 1),
  (2, 2, 3, 'a:1:{s:2:"to";a:1:{i:0;s:1:"2";}}', 1, 'RE: A picnic', 'Tomorrow & rain\nor not', 1600000060, 0),
  (3, 2, 3, 'a:1:{s:2:"to";a:1:{i:0;s:1:"2";}}', 2, 'RE: A picnic', 'Tomorrow & rain\nor not', 1600000060, 1),
  (3, 3, 2, 'a:1:{s:2:"to";a:2:{i:0;s:1:"3";i:1;s:1:"4";}}', 1, 'All of you', '[i]come[/i]', 1600000120, 1),
  (4, 4, 2, 'a:1:{s:2:"to";a:2:{i:0;s:1:"3";i:1;s:1:"4";}}', 1, 'All of you', '[i]come[/i]', 1600000120, 0),
  (2, 0, 2, 'a:1:{s:2:"to";a:2:{i:0;s:1:"3";i:1;s:1:"4";}}', 2, 'All of you', '[i]come[/i]', 1600000120, 1),
  (2, 2, 3, 'a:2:{s:2:"to";a:1:{i:0;s:1:"2";}s:3:"bcc";a:1:{i:0;s:1:"4";}}', 1, 'Secret', 'hush', 1600000180, 1),
  (4, 4, 3, 'a:2:{s:2:"to";a:1:{i:0;s:1:"2";}s:3:"bcc";a:1:{i:0;s:1:"4";}}', 1, 'Secret', 'hush', 1600000180, 1),
  (2, 2, 77, 'a:1:{s:2:"to";a:1:{i:0;s:1:"2";}}', 4, 'From the past', 'I am gone', 1600000240, 1),
  (2, 2, 0, 'a:1:{s:2:"to";a:1:{i:0;s:1:"2";}}', 1, 'Welcome', 'by the program', 1600000250, 0),
  (2, 3, 2, 'a:1:{s:2:"to";a:1:{i:0;s:1:"3";}}', 3, 'A draft', 'not yet', 1600000260, 0);
