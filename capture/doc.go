// Package capture captures frames from network interfaces, and reads them from files
// and writes them to files, in the formats pcap and pcapng.
//
//	r, err := capture.NewReader(file)
//	if err != nil {
//		return err
//	}
//	for {
//		frame, err := r.Next()
//		if err == io.EOF {
//			break
//		}
//		if err != nil {
//			return err
//		}
//		fmt.Println(frame.Time, frame.Interface.Name, len(frame.Data))
//	}
//
// OpenLive returns a Live, which is read in the same way: Frame and Interface are the
// same for both.
//
//	l, err := capture.OpenLive(capture.LiveConfig{Interfaces: []string{"eth0"}, Filter: "udp port 5000"})
//
// A reader reads from its beginning to its end and never goes back, so that it
// reads a pipe, also while somebody still writes into it. What it returns is
// lent: a frame's bytes are good until the next call. It allocates nothing by
// frame.
//
// Frames are written by a Writer, to any io.Writer, or by Files: to a file, or to a ring
// of files by size and time, from several goroutines, and so that nothing waits
// for longer than a second. Both take a frame as a reader lends it, allocate nothing by
// frame, and leave whole frames behind when the disk is full.
//
//	files, err := capture.NewFiles(capture.FilesConfig{Name: "trace.pcapng"})
//	if err != nil {
//		return err
//	}
//	…
//	if err := files.Write(&frame); err != nil {
//		return err
//	}
//	…
//	return files.Close()
//
// Files are not trusted. What a file says about lengths is held against
// MaxFrame, and memory is taken as bytes arrive and not as they are promised.
//
// # Superframes
//
// Where segmentation offload is at work, a host sees several UDP datagrams as one
// long frame, which no network carries. A Live splits such frames into the datagrams that
// are sent, or were received, in their place, each with its lengths, its
// identification and its checksums. The filter decides on these datagrams, although the
// kernel's filter sees the long frame: "less 200" and "udp[4:2] = 72" mean what they say. Segments of
// TCP stay together, and are marked (Frame.Superframe). A program that copies frames to a
// file and does not look at each does so faster with ReadRun.
package capture
