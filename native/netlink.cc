// SPDX-License-Identifier: Apache-2.0
#include "netlink.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "failure.h"
#include "netns.h"

namespace snatkit {
namespace {

constexpr int kDumpAttempts = 16;

/// An NLMSG_ERROR or NLMSG_DONE message's errno, and the extended acknowledgement's text.
int ReadError(const nlmsghdr* message, std::string* words) {
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(int))) return EPROTO;
  int error = 0;
  memcpy(&error, NLMSG_DATA(message), sizeof(error));
  size_t begin = NLMSG_LENGTH(sizeof(int));
  if (message->nlmsg_type == NLMSG_ERROR) {
    begin = NLMSG_LENGTH(sizeof(nlmsgerr));
    const auto* answered = static_cast<const nlmsgerr*>(NLMSG_DATA(message));
    if ((message->nlmsg_flags & NLM_F_CAPPED) == 0) begin += NLMSG_ALIGN(answered->msg.nlmsg_len) - NLMSG_HDRLEN;
  }
  if (words != nullptr && (message->nlmsg_flags & NLM_F_ACK_TLVS) != 0 && begin < message->nlmsg_len) {
    const NetlinkAttributes attributes(
        Bytes{reinterpret_cast<const uint8_t*>(message) + begin, message->nlmsg_len - begin});
    *words = attributes.FindText(NLMSGERR_ATTR_MSG).value_or("");
  }
  return -error;
}

}  // namespace

void NetlinkRequest::Append(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  bytes_.insert(bytes_.end(), bytes, bytes + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void NetlinkRequest::Put(uint16_t type, const void* data, size_t size) {
  const rtattr header = {static_cast<uint16_t>(RTA_LENGTH(size)), type};
  Append(&header, sizeof(header));
  Append(data, size);
}

size_t NetlinkRequest::BeginNest(uint16_t type) {
  const size_t begin = bytes_.size();
  Put(type, "", 0);
  return begin;
}

void NetlinkRequest::EndNest(size_t begin) {
  reinterpret_cast<rtattr*>(bytes_.data() + begin)->rta_len = static_cast<uint16_t>(bytes_.size() - begin);
}

const std::vector<uint8_t>& NetlinkRequest::Finish() {
  Message()->nlmsg_len = static_cast<uint32_t>(bytes_.size());
  return bytes_;
}

std::optional<Bytes> NetlinkAttributes::Find(uint16_t type) const {
  for (size_t at = 0; at + sizeof(rtattr) <= bytes_.size;) {
    const auto* attribute = reinterpret_cast<const rtattr*>(bytes_.data + at);
    if (attribute->rta_len < sizeof(rtattr) || at + attribute->rta_len > bytes_.size) break;
    if ((attribute->rta_type & NLA_TYPE_MASK) == type) {
      return Bytes{bytes_.data + at + RTA_LENGTH(0), attribute->rta_len - RTA_LENGTH(0)};
    }
    at += RTA_ALIGN(attribute->rta_len);
  }
  return std::nullopt;
}

std::optional<uint32_t> NetlinkAttributes::FindUint32(uint16_t type) const {
  const std::optional<Bytes> bytes = Find(type);
  if (!bytes || bytes->size < sizeof(uint32_t)) return std::nullopt;
  uint32_t value = 0;
  memcpy(&value, bytes->data, sizeof(value));
  return value;
}

std::optional<std::string> NetlinkAttributes::FindText(uint16_t type) const {
  const std::optional<Bytes> bytes = Find(type);
  if (!bytes) return std::nullopt;
  const auto* text = reinterpret_cast<const char*>(bytes->data);
  return std::string(text, strnlen(text, bytes->size));
}

Netlink::Netlink(const std::optional<std::string>& netns) {
  const std::string operation = "open an rtnetlink socket" + (netns ? " in " + *netns : std::string());
  fd_ = UniqueFd(
      InNetns(netns, [&] { return Check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), operation); }));
  const int on = 1;
  // Only comfort: the kernel's words about a refusal, without our request repeated.
  setsockopt(fd_.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  setsockopt(fd_.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  Check(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), operation);
}

void Netlink::Send(NetlinkRequest* request, const std::string& operation) {
  request->Message()->nlmsg_seq = ++sequence_;
  const std::vector<uint8_t>& bytes = request->Finish();
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  Check(static_cast<int>(
            sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof(kernel))),
        operation);
}

const std::vector<uint8_t>& Netlink::Receive(const std::string& operation) {
  ssize_t size = 0;
  do {
    size = recv(fd_.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  Check(static_cast<int>(size), operation);
  buffer_.resize(static_cast<size_t>(size));
  size = recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
  Check(static_cast<int>(size), operation);
  buffer_.resize(static_cast<size_t>(size));
  return buffer_;
}

int Netlink::Try(NetlinkRequest request, const std::string& operation, std::string* words) {
  request.Message()->nlmsg_flags |= NLM_F_ACK;
  Send(&request, operation);
  for (;;) {
    const std::vector<uint8_t>& bytes = Receive(operation);
    auto rest = static_cast<uint32_t>(bytes.size());
    for (auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data()); NLMSG_OK(message, rest);
         message = NLMSG_NEXT(message, rest)) {
      if (IsOurs(message) && message->nlmsg_type == NLMSG_ERROR) return ReadError(message, words);
    }
  }
}

void Netlink::Request(NetlinkRequest request, const std::string& operation) {
  std::string words;
  const int error = Try(std::move(request), operation, &words);
  if (error != 0) throw KernelFailure{operation, error, words};
}

std::vector<NetlinkAnswer> Netlink::Dump(NetlinkRequest request, const std::string& operation) {
  request.Message()->nlmsg_flags |= NLM_F_DUMP;
  for (int attempt = 0; attempt < kDumpAttempts; attempt++) {
    Send(&request, operation);
    std::vector<NetlinkAnswer> answers;
    bool consistent = true;
    for (bool done = false; !done;) {
      const std::vector<uint8_t>& bytes = Receive(operation);
      auto rest = static_cast<uint32_t>(bytes.size());
      for (auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data()); !done && NLMSG_OK(message, rest);
           message = NLMSG_NEXT(message, rest)) {
        if (!IsOurs(message)) continue;
        if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) consistent = false;
        if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
          std::string words;
          const int error = ReadError(message, &words);
          if (error != 0) throw KernelFailure{operation, error, words};
          done = true;
        } else {
          const auto* first = reinterpret_cast<const uint8_t*>(message);
          answers.emplace_back(std::vector<uint8_t>(first, first + message->nlmsg_len));
        }
      }
    }
    if (consistent) return answers;
  }
  throw KernelFailure{operation, EAGAIN, "the tables changed during every attempt to read them"};
}

}  // namespace snatkit
