# Each line of standard input is a call; each line of the output its value, or what it refused.
require ARGV[0]

def carry_out(call)
  call[:member][:name] = call[:name_base64].unpack1("m0").force_encoding("UTF-8") if call[:name_base64]
  case call[:call]
  when "token" then ImToken.sign(call[:member], call[:site], call[:now])
  when "tag" then ImToken.tag(call[:member], call[:site], call[:data].transform_keys(&:to_s))
  when "asked" then ImToken.asked_by_messenger?(call[:signature], call[:user_id], call[:secret], call[:now])
  when "answer"
    status, headers, body = ImToken.answer(call[:member], call[:site], call[:from])
    { status: status, headers: headers, body: body.join }
  end
end

$stdin.each_line do |line|
  call = JSON.parse(line, symbolize_names: true)
  begin
    said = { value: carry_out(call) }
  rescue ArgumentError => e
    said = { refused: e.message }
  end
  puts JSON.generate(said)
end
