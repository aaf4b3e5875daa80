-- The tables that the importer reads, as the program's own installer makes them, with a few people and messages.
CREATE TABLE wp_users (
  ID bigint(20) unsigned NOT NULL auto_increment, user_login varchar(60) NOT NULL default '',
  user_pass varchar(255) NOT NULL default '', user_nicename varchar(50) NOT NULL default '',
  user_email varchar(100) NOT NULL default '', user_url varchar(100) NOT NULL default '',
  user_registered datetime NOT NULL default '0000-00-00 00:00:00',
  user_activation_key varchar(255) NOT NULL default '', user_status int(11) NOT NULL default 0,
  display_name varchar(250) NOT NULL default '', PRIMARY KEY (ID)) CHARACTER SET utf8mb4;
CREATE TABLE wp_bp_friends (
  id bigint(20) NOT NULL AUTO_INCREMENT PRIMARY KEY, initiator_user_id bigint(20) NOT NULL,
  friend_user_id bigint(20) NOT NULL, is_confirmed bool DEFAULT 0, is_limited bool DEFAULT 0,
  date_created datetime NOT NULL, KEY initiator_user_id (initiator_user_id),
  KEY friend_user_id (friend_user_id)) CHARACTER SET utf8mb4;
CREATE TABLE wp_bp_messages_messages (
  id bigint(20) NOT NULL AUTO_INCREMENT PRIMARY KEY, thread_id bigint(20) NOT NULL, sender_id bigint(20) NOT NULL,
  subject varchar(200) NOT NULL, message longtext NOT NULL, date_sent datetime NOT NULL,
  KEY sender_id (sender_id), KEY thread_id (thread_id)) CHARACTER SET utf8mb4;
CREATE TABLE wp_bp_messages_recipients (
  id bigint(20) NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint(20) NOT NULL, thread_id bigint(20) NOT NULL,
  unread_count int(10) NOT NULL DEFAULT 0, sender_only tinyint(1) NOT NULL DEFAULT 0,
  is_deleted tinyint(1) NOT NULL DEFAULT 0, KEY user_id (user_id), KEY thread_id (thread_id)
  ) CHARACTER SET utf8mb4;
INSERT INTO wp_users (ID, user_login, user_nicename, display_name, user_email, user_registered) VALUES
  (2, 'ada', 'ada', 'Ada &amp; Co', 'ada@example.org', '2017-07-14 02:40:00'),
  (3, 'bob', 'bob', 'Bob', 'bob@example.org', '2017-07-14 02:40:01'), (4, 'cyd', 'cyd', 'Cyd', '', '2017-07-14 02:40:02');
INSERT INTO wp_bp_friends (initiator_user_id, friend_user_id, is_confirmed, date_created) VALUES
  (2, 3, 1, '2019-01-01 00:00:00'), (2, 4, 0, '2019-01-01 00:00:00');
INSERT INTO wp_bp_messages_messages (id, thread_id, sender_id, subject, message, date_sent) VALUES
  (11, 1, 2, 'A picnic', '<strong>When</strong>?', '2020-09-13 12:26:40'),
  (12, 1, 3, 'Re: A picnic', '<p>Tomorrow &amp; rain<br />or not</p>', '2020-09-13 12:27:40'),
  (13, 2, 2, 'All of you', '<em>come</em><script>alert(1)</script>', '2020-09-13 12:28:40'),
  (15, 3, 77, 'From the past', 'I am gone', '2020-09-13 12:30:40');
INSERT INTO wp_bp_messages_recipients (user_id, thread_id, unread_count, sender_only) VALUES
  (2, 1, 1, 0), (3, 1, 0, 0), (2, 2, 0, 1), (3, 2, 0, 0), (4, 2, 1, 0), (2, 3, 0, 0), (77, 3, 0, 0);
