#pragma once

// An ALSA plug-in that replaces a sound card: it plays recordings into the capture path at the rate of a clock.
//
//   pcm_type.cooeetest { lib "/path/to/libasound_module_pcm_cooeetest.so" }
//   pcm.microphone    { type cooeetest  playlist "recordings.tsv"  gap 1.0  speed 4 }
//
// | key      | value     | meaning                                                                                   |
// |----------|-----------|-------------------------------------------------------------------------------------------|
// | file     | path      | one recording, in any format of libsndfile; the card has its rate and channels            |
// | playlist | path      | instead of `file`: a text file with one recording per line, in the first tab-separated    |
// |          |           | column, relative to the playlist; a first line with `path` and `#` lines are skipped      |
// | format   | word      | the card's only sample format: S16_LE, S24_LE, S24_3LE, S32_LE or FLOAT_LE (S16_LE)         |
// | gap      | seconds   | silence before each recording and after the last (0)                                      |
// | speed    | factor    | speed of the card's clock relative to real time (1)                                       |
// | at_end   | word      | `end`: the stream drains and a read returns 0 frames; `silence`: endless silence (end)    |
// | piece    | frames    | the card delivers this many frames at a time and wakes the reader for each, in any period |
// | busy     | 0 or 1    | 1: opening fails with -EBUSY (0)                                                          |
// | release  | seconds   | time from the first opening after which a busy card can be opened (never)                 |
// | suspend  | frame     | the machine suspends here: -ESTRPIPE once                                                 |
// | unplug   | frame     | the card is unplugged here: -ENODEV, also for every later attempt to open it              |
// | replug   | seconds   | time after which an unplugged card can be opened again (never)                            |
// | replug_file | path   | recording after replugging; another rate or other channels make it another card           |
// | stall    | frame     | the card stops delivering here without an error, even if it is opened again               |
// | revive   | seconds   | time after which a stalled card delivers again if it is opened (never)                    |
//
// The clock starts with the first start of the stream and never stops. Audio is lost while the reader is late (-EPIPE
// if the buffer is full), suspended or unplugged; reading then continues at the current time. The state of a card, such as
// that it was unplugged, outlives its handle: it belongs to the name in the process, so each card can be open once.
