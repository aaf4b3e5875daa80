-- The tables that the importer reads, as the program's own installer makes them, with a few people and messages.
CREATE TABLE phpbb_users (
  user_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, user_type tinyint(2) NOT NULL DEFAULT 0,
  group_id mediumint(8) unsigned NOT NULL DEFAULT 3, user_regdate int(11) unsigned NOT NULL DEFAULT 0,
  username varchar(255) NOT NULL DEFAULT '', username_clean varchar(255) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '', user_avatar varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY (user_id)) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE phpbb_privmsgs (
  msg_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT, root_level mediumint(8) unsigned NOT NULL DEFAULT 0,
  author_id mediumint(8) unsigned NOT NULL DEFAULT 0, icon_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  author_ip varchar(40) NOT NULL DEFAULT '', message_time int(11) unsigned NOT NULL DEFAULT 0,
  enable_bbcode tinyint(1) unsigned NOT NULL DEFAULT 1, message_subject varchar(255) NOT NULL DEFAULT '',
  message_text mediumtext NOT NULL, bbcode_bitfield varchar(255) NOT NULL DEFAULT '',
  bbcode_uid varchar(8) NOT NULL DEFAULT '', to_address text NOT NULL, bcc_address text NOT NULL,
  PRIMARY KEY (msg_id), KEY message_time (message_time), KEY author_id (author_id)
  ) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE phpbb_privmsgs_to (
  msg_id mediumint(8) unsigned NOT NULL DEFAULT 0, user_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  author_id mediumint(8) unsigned NOT NULL DEFAULT 0, pm_deleted tinyint(1) unsigned NOT NULL DEFAULT 0,
  pm_new tinyint(1) unsigned NOT NULL DEFAULT 1, pm_unread tinyint(1) unsigned NOT NULL DEFAULT 1,
  pm_replied tinyint(1) unsigned NOT NULL DEFAULT 0, pm_marked tinyint(1) unsigned NOT NULL DEFAULT 0,
  pm_forwarded tinyint(1) unsigned NOT NULL DEFAULT 0, folder_id int(11) NOT NULL DEFAULT 0,
  KEY msg_id (msg_id), KEY author_id (author_id), KEY usr_flder_id (user_id, folder_id)
  ) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE phpbb_zebra (
  user_id mediumint(8) unsigned NOT NULL DEFAULT 0, zebra_id mediumint(8) unsigned NOT NULL DEFAULT 0,
  friend tinyint(1) unsigned NOT NULL DEFAULT 0, foe tinyint(1) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, zebra_id)) CHARACTER SET utf8 COLLATE utf8_bin;
INSERT INTO phpbb_users (user_id, user_type, username, user_email, user_regdate) VALUES
  (1, 2, 'Anonymous', '', 0), (2, 3, 'Ada &amp; Co', 'ada@example.org', 1500000000),
  (3, 0, 'Bob', 'bob@example.org', 1500000001), (4, 0, 'Cyd', '', 1500000002), (9, 2, 'Spider [Bot]', '', 0);
INSERT INTO phpbb_privmsgs
  (msg_id, author_id, message_time, message_subject, message_text, bbcode_uid, to_address, bcc_address) VALUES
  (11, 2, 1600000000, 'A picnic', '<r><B><s>[b]</s>When<e>[/b]</e></B>?</r>', '', 'u_3', ''),
  (12, 3, 1600000060, 'Re: A picnic', '<t>Tomorrow &amp; rain<br/>\nor not</t>', '', 'u_2', ''),
  (13, 2, 1600000120, 'All of you', '[i:ab12cd34]come[/i:ab12cd34]', 'ab12cd34', 'u_3:u_4', ''),
  (14, 3, 1600000180, 'Secret', '<t>hush</t>', '', 'u_2', 'u_4'),
  (15, 77, 1600000240, 'From the past', '<t>I am gone</t>', '', 'u_2', ''),
  (16, 2, 1600000300, 'Withdrawn', '<t>oops</t>', '', 'u_3', '');
INSERT INTO phpbb_privmsgs_to (msg_id, user_id, author_id, pm_unread, pm_deleted, folder_id) VALUES
  (11, 2, 2, 0, 0, -1), (11, 3, 2, 0, 0, 0), (12, 3, 3, 0, 0, -1), (12, 2, 3, 1, 0, 0),
  (13, 2, 2, 0, 0, -1), (13, 3, 2, 0, 0, 0), (13, 4, 2, 1, 0, 0),
  (14, 3, 3, 0, 0, -1), (14, 2, 3, 0, 0, 0), (14, 4, 3, 0, 0, 0), (15, 2, 77, 0, 0, 0),
  (16, 3, 2, 1, 1, -3);
INSERT INTO phpbb_zebra (user_id, zebra_id, friend, foe) VALUES (2, 3, 1, 0), (3, 4, 0, 1), (3, 99, 0, 1);
