# frozen_string_literal: true

# Signs the members of your community in to the messenger: one file, no gem, Ruby 2.7 or newer.
#
#     site = { url: "https://im.example.com", id: "s_9f2", key_id: "k1", secret: "..." }
#     member = { id: 42, name: "Ada", avatar: "https://forum.example.com/ada.png" }   # nil: nobody
#
#     ImToken.tag(member, site, "token-url" => "/im-token")   # in every page, anywhere; in Rails: .html_safe
#     ImToken.answer(member, site)                            # status, headers, body for Rack at /im-token
#
# A member may also have url, email, roles, guest, moderator, joined, posts: docs/api.md, "Signing in". Texts are
# UTF-8. If the messenger asks your server for friends, ImToken.asked_by_messenger? tells whether it is the messenger.
require "cgi"
require "json"
require "openssl"

module ImToken
  # Long enough for a clock that is minutes off, short enough for a page that was saved: widgets fetch a new one.
  TOKEN_SECONDS = 600
  NAME_CHARACTERS = 80
  ADDRESS_CHARACTERS = 500
  ID_BYTES = 128
  SECRET_BYTES = 32
  QUESTION_SECONDS = 300
  SIGNATURE = /\At=([0-9]{1,12})((?:,v1=[0-9a-f]{64})+)\z/.freeze
  # Control characters, and those that turn the text around them: a token that has one is refused.
  REFUSED = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/.freeze
  ADDRESS = %r{\Ahttps?://[A-Za-z0-9._:-]+(?:[/?#].*)?\z}.freeze
  ADDRESSES = %i[avatar url].freeze
  HEADERS = {
    "content-type" => "application/json", "cache-control" => "no-store", "x-content-type-options" => "nosniff"
  }.freeze

  module_function

  # Return the member's token; raise ArgumentError if the member or the site is not complete.
  def sign(member, site, now = Time.now.to_i)
    if site[:secret].to_s.bytesize < SECRET_BYTES || site[:id].to_s.empty? || site[:key_id].to_s.empty?
      raise ArgumentError, 'The site needs id, key_id and secret, as "bin/im site add" printed them.'
    end
    header = { alg: "HS256", typ: "JWT", kid: site[:key_id] }
    signed = [header, claims(member, site[:id], now.to_i)].map { |part| base64url(JSON.generate(part)) }.join(".")
    "#{signed}.#{base64url(OpenSSL::HMAC.digest('SHA256', site[:secret], signed))}"
  end

  # Return the script tag for a page that the member looks at; "" if nobody is signed in.
  def tag(member, site, data = {})
    return "" if member.nil?

    values = { "site" => site[:id], "token" => sign(member, site) }.merge(data)
    attributes = values.map { |name, value| %( data-#{name}="#{CGI.escapeHTML(value.to_s)}") }.join
    %(<script async src="#{CGI.escapeHTML(site[:url])}/im.js"#{attributes}></script>)
  end

  # Return status, headers and body for data-token-url: a fresh token, or 401 if nobody is signed in.
  # +fetch_site+ is the request's header Sec-Fetch-Site: no page of another site has any business here.
  def answer(member, site, fetch_site = nil)
    foreign = fetch_site == "cross-site"
    body = member.nil? || foreign ? { error: "Nobody is signed in." } : { token: sign(member, site) }
    [foreign ? 403 : (member.nil? ? 401 : 200), HEADERS.dup, [JSON.generate(body)]]
  end

  # Tell whether a question for the friends of +user_id+, with this X-IM-Signature, is signed and not older than
  # five minutes.
  def asked_by_messenger?(signature, user_id, secret, now = Time.now.to_i)
    seconds, marks = SIGNATURE.match(signature)&.captures
    return false if seconds.nil?

    right = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{seconds}.#{user_id}")
    # All of them, and each in the same time: how long it takes tells nothing.
    same = marks[4..].split(",v1=").map { |given| OpenSSL.fixed_length_secure_compare(right, given) }
    same.any? && (now - seconds.to_i).abs <= QUESTION_SECONDS
  end

  def claims(member, site_id, now)
    id = member[:id].to_s
    if id.empty? || id.bytesize > ID_BYTES || clean(id) != id
      raise ArgumentError, "A member has an id of 1 to 128 bytes, without control characters."
    end
    own = { iss: site_id, sub: id, exp: now + TOKEN_SECONDS, name: clean(member[:name].to_s).strip[0, NAME_CHARACTERS] }
    member.reject { |claim, value| value.nil? || claim == :id || (ADDRESSES.include?(claim) && !address?(value.to_s)) }.merge(own)
  end

  def address?(text)
    clean(text) == text && ADDRESS.match?(text) && text.length <= ADDRESS_CHARACTERS
  end

  def clean(text)
    text.encode("UTF-8").scrub.gsub(REFUSED, " ")
  end

  def base64url(bytes)
    [bytes].pack("m0").tr("+/", "-_").delete("=")
  end
end
