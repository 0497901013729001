import AudioCapture
import Glibc
import Testing

@Suite("Programs that record from a card")
struct CardHolderTests {
  /// A made-up /proc: card 1, USB, with two devices, and card 3.
  private let folder = MadeUpFolder([
    "asound/card1/id": "Device\n",
    "asound/card1/pcm0c/sub0/status":
      "state: RUNNING\nowner_pid   : 4711\ntrigger_time: 1.2\n", "asound/card1/pcm0c/sub1/status": "closed\n",
    "asound/card1/pcm0p/sub0/status": "state: RUNNING\nowner_pid   : 99\n",
    "asound/card1/pcm1c/sub0/status": "state: PREPARED\nowner_pid   : 4712\n",
    "asound/card3/id": "Array\n", "asound/card3/pcm0c/sub0/status": "state: RUNNING\nowner_pid   : 815\n",
    "4711/status": "Name:\tworker\nTgid:\t4700\nPid:\t4711\n", "4700/comm": "arecord\n", "815/comm": "",
    "4712/comm": "pulseaudio\n",
  ])

  private let arecord = CardHolder(card: 1, process: 4_700, program: "arecord")
  private let pulseaudio = CardHolder(card: 1, process: 4_712, program: "pulseaudio")
  private let unknown = CardHolder(card: 3, process: 815, program: "")

  @Test("a name with card and device selects their holders, by number or identifier")
  func namedCard() {
    for name in ["hw:1", "plughw:1,0", "hw:Device", "plughw:CARD=Device,DEV=0", "hw:CARD=1", "sysdefault:CARD=Device"] {
      #expect(CardHolder.all(of: name, in: folder.path) == [arecord], "\(name)")
    }
    for name in ["hw:1,1", "plughw:CARD=Device,DEV=1", "plughw:DEV=1,CARD=Device"] {
      #expect(CardHolder.all(of: name, in: folder.path) == [pulseaudio], "\(name)")
    }
    #expect(CardHolder.all(of: "hw:3", in: folder.path) == [unknown])
    for name in ["hw:0", "hw:CARD=Other", "hw:1,2", "hw:33"] {
      #expect(CardHolder.all(of: name, in: folder.path).isEmpty, "\(name)")
    }
  }

  @Test("a name without a card selects the holders of all cards")
  func anyCard() {
    for name in ["default", "kitchen", "hw", "hw:"] {
      #expect(CardHolder.all(of: name, in: folder.path) == [arecord, pulseaudio, unknown], "\(name)")
    }
    #expect(CardHolder.all(of: "default", in: "/nonexistent").isEmpty)
  }

  @Test("the message contains the programs, their processes, and what to do")
  func message() {
    let one = CaptureError.busy(device: "hw:1", holders: [arecord]).description
    #expect(one.contains("arecord (process 4700) is recording") && one.contains("stop it"), "\(one)")
    let both = CaptureError.busy(device: "default", holders: [arecord, unknown]).description
    #expect(both.contains("arecord (process 4700), a program (process 815) are recording"), "\(both)")
    let none = CaptureError.busy(device: "default", holders: []).description
    #expect(none.contains("another program is recording"), "\(none)")
  }
}

/// Files under a folder of their own, removed at the end of the test.
final class MadeUpFolder {
  let path: String

  init(_ files: [String: String]) {
    var template = Array("/tmp/cooee-folder-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder can be made in /tmp")
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    for (name, text) in files {
      var folder = path
      for part in name.split(separator: "/").dropLast() {
        folder += "/" + part
        mkdir(folder, 0o700)
      }
      let file = fopen("\(path)/\(name)", "w")
      precondition(file != nil, "\(name) cannot be written")
      fputs(text, file)
      fclose(file)
    }
  }

  deinit { _ = system("rm -rf '\(path)'") }
}
